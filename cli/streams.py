"""The standard streams of this process, made safe to use whatever the shell handed over.

Owns three things that would otherwise end a command in a traceback: a stream that was closed
(``>&-``), a character that the terminal's encoding lacks, and a disk that is full. Does not own
what is written.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

from taokit.cli.errors import OutputError

__all__ = ["discard_output", "make_safe", "output_error"]

_ESCAPING = "taokit.escape"
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def make_safe() -> None:
    """Open what was closed to nowhere, and escape what a stream cannot encode."""
    # In the order of their numbers: the system gives the lowest free one, so that no file that is
    # opened later can become the standard output by chance.
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - for the life of the process
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    codecs.register_error(_ESCAPING, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPING)


def output_error(error: OSError) -> OutputError | None:
    """What to say of an error from writing the answer; None if it came from elsewhere."""
    if error.filename is not None or error.errno not in _DISK:
        return None
    return OutputError(f"the answer cannot be written: {(error.strerror or '').lower()}")


def discard_output() -> None:
    """Let the interpreter's last flush of stdout succeed, though nobody takes it any more."""
    try:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    except OSError:
        return


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""JSON's own escapes (``\u03c4``), so that a JSON answer stays one."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end
