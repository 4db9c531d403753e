"""Keep the messages of C libraries about damaged files off the terminal.

libjpeg and libtiff print warnings to the C stream ``stderr``. locard reports damage itself, in a
sentence; the messages would only litter the terminal, and a hostile file chooses how many.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_users = 0
_loud: int | None = None


def _stream() -> ctypes.c_void_p | None:
    """Return the C library's variable ``stderr``, or None where it cannot be reached."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    for name in ("stderr", "__stderrp"):  # glibc, macOS
        with contextlib.suppress(ValueError):
            return ctypes.c_void_p.in_dll(library, name)
    return None


def _open_sink() -> int | None:
    try:
        fopen = ctypes.CDLL(None).fopen
    except (OSError, TypeError, AttributeError):
        return None
    fopen.restype = ctypes.c_void_p
    fopen.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
    sink = fopen(os.devnull.encode(), b"w")
    return int(sink) if sink else None


_STDERR = _stream()
_SINK = _open_sink() if _STDERR is not None else None


@contextlib.contextmanager
def quiet_c_stderr() -> Iterator[None]:
    """Send what C code prints to ``stderr`` nowhere; safe to nest and to use from threads.

    The C variable is exchanged rather than file descriptor 2: Python writes to the descriptor,
    so progress bars and tracebacks of other threads stay visible. Where the variable cannot be
    reached (Windows), nothing happens.
    """
    global _users, _loud
    if _STDERR is None or _SINK is None:
        yield
        return
    with _lock:
        if _users == 0:
            _loud = _STDERR.value
            _STDERR.value = _SINK
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _STDERR.value = _loud
