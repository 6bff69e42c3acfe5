"""The log of a local chain: one JSON object a line, in a file beside its record.

Owns ``<state folder>/localnet/<port>.log``, which only its owner can read: writing it, starting it
anew when it grows too long (the one before is kept as ``.log.1``), reading it, removing old ones.
Does not own what is worth a line (``taokit.local_chain.block_log``, and warnings of everybody).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from taokit.cli.localnet_records import records_folder, running

__all__ = ["KEPT", "LONGEST", "LogFile", "begin", "log_path", "logs", "read", "shown"]

LONGEST = 5_000_000
"""Bytes of a file before it is started anew."""

KEPT = 20
"""Logs of chains that have ended; older ones are removed when a chain starts."""

_POLL_S = 0.1


def log_path(port: int) -> Path:
    """The log of the chain whose first port this is."""
    return records_folder() / f"{port}.log"


def logs() -> list[Path]:
    """Every log that there is, the one last written first."""
    found = []
    for path in records_folder().glob("*.log"):
        with suppress(OSError):
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


class LogFile:
    """A file that is written line by line and never grows beyond ``longest`` bytes.

    With ``errors`` whatever the process says on stderr goes there, too.
    """

    def __init__(self, path: Path, *, errors: bool = False, longest: int = LONGEST) -> None:
        self.path = path
        self._longest = longest
        self._errors = errors
        self._open()

    def _open(self) -> None:
        self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self._errors:
            os.dup2(self._handle, sys.stderr.fileno())

    def write(self, line: str) -> None:
        """Append one line."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        if os.fstat(self._handle).st_size + len(data) > self._longest:
            self.close()
            os.replace(self.path, self.path.with_suffix(".log.1"))
            self._open()
        os.write(self._handle, data)

    def close(self) -> None:
        """Write nothing more."""
        os.close(self._handle)


class _Lines(logging.Handler):
    """Log records as JSON lines."""

    def __init__(self, file: LogFile) -> None:
        super().__init__(logging.INFO)
        self._file = file
        self._plain = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        said: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            said["traceback"] = self._plain.formatException(record.exc_info)
        try:
            self._file.write(json.dumps(said))
        except OSError:  # a full disk is no reason to have no chain
            self.handleError(record)


def begin(port: int, *, detached: bool) -> None:
    """Log from now on what this process has to say; a chain that starts begins a new file.

    Raises ``OSError``.
    """
    path = log_path(port)
    alive = {log_path(record.ports[0]) for record in running()}
    ended = [log for log in logs() if log not in alive]
    for old in [path, *ended[KEPT:]]:
        old.unlink(missing_ok=True)
        old.with_suffix(".log.1").unlink(missing_ok=True)
    taokit = logging.getLogger("taokit")
    taokit.setLevel(logging.INFO)
    logging.getLogger().addHandler(_Lines(LogFile(path, errors=detached)))
    if not detached:
        aloud = logging.StreamHandler()
        aloud.setLevel(logging.WARNING)
        logging.getLogger().addHandler(aloud)
    facts = {"event": "started", "port": port, "pid": os.getpid()}
    logging.getLogger("taokit.cli").info("listening on port %d", port, extra={"facts": facts})


def read(path: Path, *, lines: int, follow: bool) -> Iterator[str]:
    """The last ``lines`` lines of a log, and with ``follow`` those that come, without end.

    A file that is started anew is read on from its beginning.
    """
    place = _Place(path)
    kept = _whole(path.with_suffix(".log.1")) + place.added()
    yield from kept[len(kept) - lines if lines < len(kept) else 0 :]
    while follow:
        yield from place.added()
        time.sleep(_POLL_S)


def _whole(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


class _Place:
    """How far a log was read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = path.with_suffix(".log.1")
        self._number: int | None = None
        self._at = 0
        self._rest = b""

    def added(self) -> list[str]:
        """Whole lines that came since."""
        data = self._rest
        for path in (self._before, self._path):
            with suppress(FileNotFoundError), path.open("rb") as file:
                number = os.fstat(file.fileno()).st_ino
                if path == self._before and number != self._number:
                    continue  # it was read to its end before it was put aside
                if number != self._number:
                    self._number, self._at = number, 0
                file.seek(self._at)
                more = file.read()
                data += more
                self._at += len(more)
        *whole, self._rest = data.split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]


def shown(line: str) -> tuple[str, str, str]:
    """Time (UTC), level and text of a line; what is not of ours is an error as it stands."""
    try:
        said = json.loads(line)
        text = str(said["message"])
        if "traceback" in said:
            text += "\n" + said["traceback"]
        return str(said["time"])[:23].replace("T", " "), str(said["level"]), text
    except (ValueError, KeyError, TypeError):
        return "", "error", line
