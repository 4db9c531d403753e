"""A client of the HTTP service.

>>> with Client("http://127.0.0.1:8470") as client:  # doctest: +SKIP
...     examination = client.examine("photo.jpg")
...     report = client.wait(examination.id)
...     print(report.opinion.verdict)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

try:
    import httpx
except ModuleNotFoundError:
    raise ImportError("the client needs one more package: pip install 'locard[client]'") from None

from locard.report.schema import ReportModel
from locard.serve import wire
from locard.serve.wire import Examination, Progress, State


class ServiceError(RuntimeError):
    """The service refused or failed; the message is one sentence.

    Attributes:
        status: of HTTP; 0 when there was no answer.
        retry_after: seconds after which to try again, when the service says so.
    """

    def __init__(self, detail: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.retry_after = status, retry_after


class Client:
    """A connection to a service.

    Args:
        url: of the service.
        key: API key, where the service has keys.
        timeout: seconds that one answer may take.
        patience: seconds for which refused uploads (429, 503) are tried again.
    """

    def __init__(
        self, url: str, key: str | None = None, *, timeout: float = 60.0, patience: float = 0.0
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._patience = patience

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    # Examinations

    def examine(self, picture: str | Path | bytes, **options: Any) -> Examination:
        """Send one picture: a path or its bytes; for the options see `examine_all`."""
        return self.examine_all([picture], **options)[0]

    def examine_all(
        self,
        pictures: Sequence[str | Path | bytes],
        *,
        profile: str = "standard",
        language: str = "en",
        stability: bool = True,
        case: str | None = None,
    ) -> list[Examination]:
        """Send pictures in one request; all are accepted, or none.

        Raises: ServiceError; OSError when a file cannot be read.
        """
        params: dict[str, Any] = {"profile": profile, "lang": language, "stability": stability}
        if case is not None:
            params["case"] = case
        end = time.monotonic() + self._patience
        while True:
            try:
                with ExitStack() as stack:
                    files = [
                        ("files", ("upload", picture))
                        if isinstance(picture, bytes)
                        else (
                            "files",
                            (Path(picture).name, stack.enter_context(open(picture, "rb"))),
                        )
                        for picture in pictures
                    ]
                    answer = self._send("POST", "/v1/examine", params=params, files=files)
                return wire.Accepted.model_validate_json(answer.content).examinations
            except ServiceError as error:
                wait = error.retry_after or 0.0
                if error.status not in (429, 503) or time.monotonic() + wait > end:
                    raise
                time.sleep(wait)

    def examination(self, identifier: str) -> Examination:
        """Return where an examination is."""
        answer = self._send("GET", f"/v1/examinations/{identifier}")
        return Examination.model_validate_json(answer.content)

    def examinations(
        self, *, case: str | None = None, state: State | None = None, search: str | None = None
    ) -> Iterator[Examination]:
        """Yield examinations, newest first."""
        params = {"case": case, "state": state, "search": search}
        given: dict[str, Any] = {k: v for k, v in params.items() if v is not None}
        while True:
            answer = self._send("GET", "/v1/examinations", params=given)
            page = wire.Page.model_validate_json(answer.content)
            yield from page.examinations
            if page.next is None:
                return
            given["after"] = page.next

    def follow(self, identifier: str) -> Iterator[Progress]:
        """Yield every step of an examination until it has ended.

        Raises: ServiceError, also when the service stops meanwhile.
        """
        address = f"/v1/examinations/{identifier}/events"
        try:
            with self._http.stream("GET", address) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        step = Progress.model_validate_json(line.removeprefix("data:"))
                        yield step
                        if step.state.ended:
                            return
        except httpx.HTTPError as error:
            raise ServiceError(f"the service does not answer ({error})") from None
        raise ServiceError("the service stopped before the examination ended")

    def wait(
        self, identifier: str, progress: Callable[[Progress], None] = lambda _: None
    ) -> ReportModel:
        """Wait for an examination and return its report.

        Raises: ServiceError, with the reason, when it failed.
        """
        for step in self.follow(identifier):
            progress(step)
        return self.report(identifier)

    def move(self, identifier: str, case: str | None) -> Examination:
        """Put an examination into a case, or take it out of its own."""
        answer = self._send(
            "PATCH", f"/v1/examinations/{identifier}", json=wire.Move(case=case).model_dump()
        )
        return Examination.model_validate_json(answer.content)

    def delete(self, identifier: str) -> None:
        """Delete an examination with all that belongs to it."""
        self._send("DELETE", f"/v1/examinations/{identifier}")

    # Reports

    def report(self, identifier: str) -> ReportModel:
        """Return a report."""
        return ReportModel.model_validate_json(
            self._send("GET", f"/v1/reports/{identifier}").content
        )

    def page(self, identifier: str, format: Literal["html", "pdf"] = "html") -> bytes:
        """Return the report as a page."""
        answer = self._send("GET", f"/v1/reports/{identifier}", params={"format": format})
        return answer.content

    def map(self, identifier: str, name: str = "heatmap") -> bytes:
        """Return a map as PNG: "heatmap", "mask", "reliability", or that of a method."""
        return self._send("GET", f"/v1/reports/{identifier}/maps/{name}.png").content

    def layers(self, identifier: str) -> wire.Layers:
        """Return what a deep-zoom viewer can show."""
        answer = self._send("GET", f"/v1/reports/{identifier}/layers")
        return wire.Layers.model_validate_json(answer.content)

    def thumbnail(self, identifier: str) -> bytes:
        """Return the photo as it is shown, at most 360 pixels long, as JPEG."""
        return self._send("GET", f"/v1/reports/{identifier}/thumbnail.jpg").content

    def words(self, identifier: str, language: str = "en") -> wire.Words:
        """Return what the report says, in another language."""
        answer = self._send("GET", f"/v1/reports/{identifier}/words", params={"lang": language})
        return wire.Words.model_validate_json(answer.content)

    def histogram(
        self, identifier: str, box: tuple[int, int, int, int] | None = None
    ) -> wire.Histogram:
        """Return how often each value occurs among the stored pixels, by channel.

        Args: box: x, y, width and height on the stored grid; all of it by default.
        """
        answer = self._send("GET", f"/v1/reports/{identifier}/histogram", params=_boxed(box))
        return wire.Histogram.model_validate_json(answer.content)

    def spectrum(self, identifier: str, box: tuple[int, int, int, int] | None = None) -> bytes:
        """Return the power spectrum of the stored pixels as PNG; ``box`` as for `histogram`."""
        address = f"/v1/reports/{identifier}/spectrum.png"
        return self._send("GET", address, params=_boxed(box)).content

    def structure(self, identifier: str) -> dict[str, Any]:
        """Return how the file is built, as ``locard info --json`` does."""
        answer = self._send("GET", f"/v1/reports/{identifier}/structure")
        described: dict[str, Any] = answer.json()
        return described

    def ask(self, identifier: str, question: str, language: str | None = None) -> wire.Answer:
        """Ask a report."""
        asked = wire.Question(report=identifier, question=question, language=language)
        answer = self._send("POST", "/v1/ask", json=asked.model_dump())
        return wire.Answer.model_validate_json(answer.content)

    # Cases

    def open_case(self, title: str, *, notes: str = "", tags: Sequence[str] = ()) -> wire.Case:
        """Open a case."""
        new = wire.NewCase(title=title, notes=notes, tags=list(tags))
        answer = self._send("POST", "/v1/cases", json=new.model_dump())
        return wire.Case.model_validate_json(answer.content)

    def case(self, identifier: str) -> wire.Case:
        """Return a case."""
        return wire.Case.model_validate_json(self._send("GET", f"/v1/cases/{identifier}").content)

    def change_case(
        self,
        identifier: str,
        *,
        title: str | None = None,
        notes: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> wire.Case:
        """Change what is given."""
        new = wire.NewCase(title=title, notes=notes, tags=None if tags is None else list(tags))
        answer = self._send("PATCH", f"/v1/cases/{identifier}", json=new.model_dump())
        return wire.Case.model_validate_json(answer.content)

    def cases(self, search: str | None = None, tag: str | None = None) -> list[wire.Case]:
        """Return cases, newest first."""
        given = {k: v for k, v in {"search": search, "tag": tag}.items() if v is not None}
        found: list[wire.Case] = []
        while True:
            answer = self._send("GET", "/v1/cases", params=given)
            page = wire.Cases.model_validate_json(answer.content)
            found += page.cases
            if page.next is None:
                return found
            given["after"] = page.next

    def delete_case(self, identifier: str) -> None:
        """Delete a case with its examinations."""
        self._send("DELETE", f"/v1/cases/{identifier}")

    # The service

    def session(self) -> wire.Session:
        """Say whether the service asks for keys, and who asks."""
        return wire.Session.model_validate_json(self._send("GET", "/v1/session").content)

    def _send(self, method: str, address: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, address, **options)
        except httpx.HTTPError as error:
            raise ServiceError(f"the service does not answer ({error})") from None
        if answer.is_error:
            raise _refusal(answer)
        return answer


def _boxed(box: tuple[int, int, int, int] | None) -> dict[str, str]:
    return {} if box is None else {"box": ",".join(map(str, box))}


def _refusal(answer: httpx.Response) -> ServiceError:
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP {answer.status_code}"
    after = answer.headers.get("retry-after", "")
    return ServiceError(detail, answer.status_code, float(after) if after.isdecimal() else None)
