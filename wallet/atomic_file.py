"""Private files, written whole or not at all.

Owns the bytes' way onto the disk: owner-only modes, a temporary file in the same directory, sync,
and one atomic step into place. A crash at any point leaves either the old file or the new one;
at worst a hidden ``.NAME.*.tmp`` (owner-only too) stays behind.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from taokit.wallet.errors import DamagedKeyfile, KeyfileAccess, WalletExists, WalletNotFound

__all__ = ["make_private_directories", "read_file", "remove_file", "write_file"]

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
LONGEST_FILE = 1024 * 1024
"""Bytes; a key file has less than one thousandth of it."""

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def read_file(path: Path, kind: str = "file", name: str | None = None) -> bytes:
    """Return a file's bytes.

    Raises WalletNotFound (of that kind and name), KeyfileAccess, which also stands for a pipe or
    a device (they may never end), or DamagedKeyfile for more than LONGEST_FILE.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _not_a_file(path)
            data = file.read(LONGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise WalletNotFound(
            f"there is no {path}", kind=kind, name=name or path.name, path=path
        ) from None
    except OSError as error:
        raise access_error("read", path, error) from error
    if len(data) > LONGEST_FILE:
        raise DamagedKeyfile(f"{path} is far too large for a key file", path=path)
    return data


def write_file(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file with mode 0600, durably; missing directories are made with mode 0700.

    Without ``overwrite`` an existing file raises WalletExists, also when it appears at the last
    moment. A symbolic link is followed. Raises KeyfileAccess.
    """
    target = Path(os.path.realpath(path))
    if not overwrite and target.exists():
        raise already_there(path)
    try:
        make_private_directories(target.parent)
        temporary = _write_temporary(target, data)
        try:
            if overwrite:
                os.replace(temporary, target)
            else:
                _move_to_free_name(temporary, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
        _sync_directory(target.parent)
    except FileExistsError:
        raise already_there(path) from None
    except OSError as error:
        raise access_error("write", path, error) from error


def remove_file(path: Path) -> None:
    """Remove a file, durably; one that is not there is fine. Raises KeyfileAccess."""
    try:
        path.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except OSError as error:
        raise access_error("remove", path, error) from error


def make_private_directories(path: Path) -> None:
    """Create a directory and its missing parents, each for the owner only. Raises OSError."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for directory in reversed(missing):
        with suppress(FileExistsError):
            directory.mkdir(mode=DIRECTORY_MODE)
        _sync_directory(directory.parent)


def already_there(path: Path) -> WalletExists:
    """The refusal to write over a file."""
    return WalletExists(
        f"{path} exists already", path=path, hint="choose another name, or ask to overwrite it"
    )


def access_error(action: str, path: Path, error: OSError) -> KeyfileAccess:
    """The error for what the operating system said."""
    reason = (error.strerror or type(error).__name__).lower()
    return KeyfileAccess(
        f"cannot {action} {path}: {reason}",
        path=path,
        hint="check the owner, the mode and the free space of its directory",
    )


def _open_at_once(path: str, flags: int) -> int:
    # Opening a pipe would wait for somebody to write to it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _not_a_file(path: Path) -> KeyfileAccess:
    return KeyfileAccess(
        f"cannot read {path}: it is not an ordinary file",
        path=path,
        hint="a key file may be a link to a file, but not a pipe or a device",
    )


def _write_temporary(target: Path, data: bytes) -> Path:
    path = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(path)
        raise
    return path


def _move_to_free_name(temporary: Path, target: Path) -> None:
    """Give the temporary file its name, failing with FileExistsError if somebody has it."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # A file system without hard links: claim the name first, then put the content there. A
        # crash in between leaves an empty file, which nothing takes for a key.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        try:
            os.replace(temporary, target)
        except BaseException:
            os.unlink(target)
            raise


def _sync_directory(path: Path) -> None:
    if os.name != "posix":  # elsewhere a directory cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
