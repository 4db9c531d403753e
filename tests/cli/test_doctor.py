"""`locard doctor` names what the package needs."""

from __future__ import annotations

import re
from importlib.metadata import requires

from locard.cli.doctor import _PACKAGES


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_core_package_and_every_extra_is_named() -> None:
    named = {(normal(name), extra) for name, _, extra in _PACKAGES}
    core, extras = set(), set()
    for line in requires("locard") or []:
        name = normal(re.split(r"[\s;<>=!\[]", line)[0])
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        if extra is None:
            core.add((name, None))
        elif extra[1] not in ("dev", "client"):  # What a client needs, `vlm` names.
            extras.add(extra[1])
    assert core == {pair for pair in named if pair[1] is None}
    assert extras == {extra for _, extra in named if extra is not None}
