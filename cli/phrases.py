"""Recovery phrases: shown once after the key is safe on disk, or written to a file; never else.

Owns the two ways out (the terminal itself, ``--mnemonic-out``) and the ways in (a file, stdin, a
question without echo). A phrase is never in JSON, in an argument, in a log or in an error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.cli import wallets
from taokit.cli.errors import MissingInput, UsageError
from taokit.wallet.errors import KeyfileAccess, WalletExists

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["PhraseOut", "read_secret", "refuse_on_argv"]


class PhraseOut:
    """Where the phrases of new keys will go; decided, and opened, before a key is made.

    Use as a context manager: if no phrase was delivered, the file that was opened is removed.
    """

    def __init__(self, run: Run, path: str | None) -> None:
        self._run = run
        self.path = Path(path).expanduser() if path else None
        self._written = False
        if self.path is not None:
            self._handle = _create(self.path)
        elif run.out.form == "json" or not run.prompts.possible:
            raise MissingInput(
                "where the recovery phrase goes",
                flag="--mnemonic-out FILE",
                hint="add --mnemonic-out FILE (it is written with mode 0600), or run on a terminal",
            )

    def __enter__(self) -> PhraseOut:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.path is not None:
            os.close(self._handle)
            if not self._written:
                self.path.unlink(missing_ok=True)

    def deliver(self, what: str, phrase: str) -> None:
        """Hand over one phrase; the key it restores is already on disk."""
        if self.path is not None:
            os.write(self._handle, f"{what}: {phrase}\n".encode())
            os.fsync(self._handle)
            self._written = True
            return
        text = (
            f"\nRecovery phrase of the {what}. Write it down now; it is not shown again, and\n"
            f"whoever has it has the key:\n\n    {phrase}\n\n"
        )
        try:
            with open("/dev/tty", "w", encoding="utf-8") as tty:
                tty.write(text)
        except OSError:  # no such device here (Windows); stderr is a terminal, as was checked
            self._run.terminal.err.write(text)


def read_secret(run: Run, path: str | None, what: str, flag: str, *, label: str = "") -> str:
    """A phrase or seed from a file, stdin (``-``) or, on a terminal, a question without echo.

    In a file that ``--mnemonic-out`` wrote, the line of ``label`` ("coldkey" or "hotkey") counts.
    """
    if path is None:
        return run.prompts.secret(what, flag=f"{flag} FILE").strip()
    if path == "-":
        wallets.leave_stdin(run, flag)
    try:
        text = sys.stdin.read() if path == "-" else Path(path).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyfileAccess(f"{path} cannot be read as text", path=Path(path)) from error
    for line in text.splitlines():
        if label and line.startswith(f"{label}: "):
            return line.partition(": ")[2].strip()
    return text.strip()


def refuse_on_argv(value: str | None, flag: str, instead: str) -> None:
    """Reject a secret in an argument: shells keep it in their history, and others see it."""
    if value is not None:
        raise UsageError(
            f"{flag} takes a secret from the command line, where others can see it",
            hint=f"use {instead} FILE, or {instead} - and give it on stdin",
        )


def _create(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise WalletExists(
            f"{path} is already there and was not touched", path=path, hint="name a new file"
        ) from None
    except OSError as error:
        raise KeyfileAccess(f"{path} cannot be written: {error.strerror}", path=path) from None
