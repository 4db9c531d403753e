"""The letterhead of a report: who examined what for whom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from locard.explain import Language

_MISSING = "a letterhead file needs one more package: pip install 'locard[pdf]'"


class Letterhead(BaseModel):
    """Fields at the head of a report; empty ones are left out.

    Attributes:
        more: further fields by name, printed as they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    organisation: str = ""
    address: str = ""
    case: str = ""
    reference: str = ""
    examiner: str = ""
    date: str = ""
    more: dict[str, str] = {}

    def rows(self, say: Language) -> list[tuple[str, str]]:
        """Return (name, value) of the fields that are filled."""
        named = ("organisation", "address", "case", "reference", "examiner", "date")
        rows = [(say(f"letter-{name}"), str(getattr(self, name))) for name in named]
        return [(name, value) for name, value in (*rows, *self.more.items()) if value.strip()]


def read_letterhead(path: Path, fields: Mapping[str, str | None]) -> Letterhead:
    """Read a letterhead from a YAML file; ``fields`` that are not None replace what it says.

    Raises: ValueError, one sentence, for a file that cannot be read or has unknown fields.
    """
    try:
        import yaml
    except ImportError:
        raise ValueError(_MISSING) from None
    try:
        given = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    except OSError as error:
        raise ValueError(f"the letterhead {path} cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ValueError(f"the letterhead {path} is not YAML") from None
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise ValueError(f"the letterhead {path} must list fields, as “examiner: A. Name”")
    return make_letterhead({**given, **{k: v for k, v in fields.items() if v is not None}}, path)


def make_letterhead(fields: Mapping[str, object], path: Path | None = None) -> Letterhead:
    """Check the fields of a letterhead.

    Raises: ValueError, one sentence that names the first wrong field.
    """
    try:
        return Letterhead.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Letterhead.model_fields)
        where = f" of {path}" if path else ""
        raise ValueError(
            f"the letterhead field {name!r}{where} is wrong ({first['msg']}); known: {known}"
        ) from None
