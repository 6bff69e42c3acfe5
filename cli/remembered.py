"""Passwords in the OS keyring, from the command line's side: keep, move and drop them.

Owns following a key file that is renamed or deleted, where the keyring's entries go by a file's
path. Does not own the keyring (``taokit.wallet.password``).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.wallet.errors import PasswordSource

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["drop", "move", "remember"]


def remember(path: Path, password: str) -> None:
    """Keep a key file's password. Raises :class:`PasswordSource` unless it can be read back."""
    from taokit.wallet.password import store_password, stored_password

    store_password(path, password)
    if stored_password(path) != password:
        raise PasswordSource(
            "the OS keyring took the password but does not give it back",
            path=path,
            hint="see `python -m keyring diagnose`; --password-file FILE needs no keyring",
        )


def move(run: Run, moved: Iterable[tuple[Path, Path]]) -> None:
    """Let the entries of renamed key files follow; a keyring that refuses is a warning."""
    from taokit.wallet.password import forget_password, store_password, stored_password

    for old, new in moved:
        try:
            password = stored_password(old)
            if password is not None:
                store_password(new, password)
                forget_password(old)
        except PasswordSource as error:
            run.out.warn(f"its password in the OS keyring did not follow: {error.message}")
            return


def drop(run: Run, removed: Iterable[Path]) -> None:
    """Drop the entries of deleted key files; a keyring that refuses is a warning."""
    from taokit.wallet.password import forget_password

    for path in removed:
        try:
            forget_password(path)
        except PasswordSource as error:
            run.out.warn(f"its password may still be in the OS keyring: {error.message}")
            return
