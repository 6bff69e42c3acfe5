"""Where the password of a key file comes from.

Owns the order in which sources are asked, the operating system's keyring and the environment
variables that the ecosystem's tools share. Never asks anybody: a prompt is a function that the
caller hands in, and without one a missing password is an error that names the ways to give one.

Order: the password itself, a password file, a file descriptor, the keyring, ``BT_PW_...``, the
prompt. For a new password the keyring is left out, since an entry there belongs to an older file.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from taokit.wallet.errors import MissingPassword, PasswordSource

__all__ = [
    "KEYRING_SERVICE",
    "Password",
    "PasswordRequest",
    "PasswordSources",
    "decode_environment_password",
    "encode_environment_password",
    "environment_name",
    "forget_password",
    "store_password",
    "stored_password",
]

KEYRING_SERVICE = "taokit-wallet"
"""The service name in the keyring; the user name there is the absolute path of the key file."""

_VARIABLE = "BT_PW_"
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class PasswordRequest:
    """What a prompt is asked for: to open this file, or (``new``) to choose its password."""

    path: Path
    new: bool


@dataclass(frozen=True)
class Password:
    """A password and, for messages, the name of where it came from."""

    value: str = field(repr=False)
    source: str


class PasswordSources:
    """The sources of one invocation, asked in order for each key file.

    ``explicit`` is used for every file. ``file`` and ``descriptor`` hold a password on their first
    line; each is read once. ``keyring=False`` leaves the keyring alone. ``environment`` defaults
    to the process's. ``prompt`` gets a PasswordRequest and returns a password, or None to decline.
    """

    __slots__ = (
        "_descriptor",
        "_environment",
        "_explicit",
        "_file",
        "_keyring",
        "_prompt",
        "_read",
    )

    def __init__(
        self,
        explicit: str | None = None,
        *,
        file: Path | None = None,
        descriptor: int | None = None,
        keyring: bool = True,
        environment: Mapping[str, str] | None = None,
        prompt: Callable[[PasswordRequest], str | None] | None = None,
    ) -> None:
        self._explicit = explicit
        self._file = file
        self._descriptor = descriptor
        self._keyring = keyring
        self._environment = os.environ if environment is None else environment
        self._prompt = prompt
        self._read: dict[str, Password] = {}

    def find(self, path: Path) -> Password:
        """Return the password to open a key file with.

        Raises MissingPassword, or PasswordSource when a source that was named cannot be used.
        """
        return self._first(PasswordRequest(path, new=False))

    def choose(self, path: Path) -> Password:
        """Return the password for a key file about to be written. Raises like ``find``."""
        return self._first(PasswordRequest(path, new=True))

    def _first(self, request: PasswordRequest) -> Password:
        for candidate in self._candidates(request):
            if not candidate.value:
                raise PasswordSource(
                    f"the password from {candidate.source} is empty", path=request.path
                )
            return candidate
        raise _missing(request)

    def _candidates(self, request: PasswordRequest) -> Iterator[Password]:
        if self._explicit is not None:
            yield Password(self._explicit, "the caller")
        if self._file is not None:
            yield self._once(f"the file {self._file}", self._file)
        if self._descriptor is not None:
            yield self._once(f"file descriptor {self._descriptor}", self._descriptor)
        if self._keyring and not request.new:
            stored = stored_password(request.path)
            if stored is not None:
                yield Password(stored, "the OS keyring")
        for name in _environment_names(request.path):
            if name in self._environment:
                value = decode_environment_password(name, self._environment[name])
                yield Password(value, f"the variable {name}")
        if self._prompt is not None:
            answer = self._prompt(request)
            if answer is not None:
                yield Password(answer, "the prompt")

    def _once(self, source: str, opened: Path | int) -> Password:
        if source not in self._read:
            self._read[source] = Password(_first_line(opened, source), source)
        return self._read[source]

    def __repr__(self) -> str:
        return "PasswordSources()"


def environment_name(path: Path) -> str:
    """Return the variable that the ecosystem's tools read for a key file.

    It is ``BT_PW_`` and the path in upper case, with separators and dots as underscores; the path
    as it was given with ``~`` expanded, so a relative path makes another name than an absolute one.
    """
    text = str(path.expanduser())
    return _VARIABLE + text.replace(os.sep, "_").replace(".", "_").upper()


def encode_environment_password(name: str, password: str) -> str:
    """Return what has to be put into the variable ``name`` for a password.

    The bytes are combined with the variable's name by exclusive or and written in base64, as
    bittensor-wallet 4.1.0 does. It keeps the password from a careless eye and from nobody else.
    """
    return b64encode(_masked(name, password.encode())).decode("ascii")


def decode_environment_password(name: str, value: str) -> str:
    """Return the password in a variable's value. Raises PasswordSource if there is none."""
    try:
        return _masked(name, b64decode(value, validate=True)).decode("utf-8")
    except ValueError:
        raise PasswordSource(
            f"the variable {name} does not hold an encoded password",
            hint="it holds base64 of the password masked with the variable's name, as "
            "encode_environment_password gives it; plain text does not work there",
        ) from None


def store_password(path: Path, password: str) -> None:
    """Keep a key file's password in the OS keyring. Raises PasswordSource if there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, _keyring_user(path), password)
    except (KeyringError, RuntimeError) as error:
        raise _keyring_failed("store", path, error) from error


def stored_password(path: Path) -> str | None:
    """Return the password kept in the OS keyring, None if there is none or no keyring at all.

    Raises PasswordSource when a keyring is there but refuses, for instance because it is locked.
    """
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(KEYRING_SERVICE, _keyring_user(path))
    except NoKeyringError:
        return None
    except (KeyringError, RuntimeError) as error:
        raise _keyring_failed("read", path, error) from error


def forget_password(path: Path) -> bool:
    """Remove a key file's password from the OS keyring; say whether one was there."""
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    if stored_password(path) is None:
        return False
    try:
        keyring.delete_password(KEYRING_SERVICE, _keyring_user(path))
    except PasswordDeleteError:
        return False
    except (KeyringError, RuntimeError) as error:
        raise _keyring_failed("forget", path, error) from error
    return True


def _masked(name: str, data: bytes) -> bytes:
    mask = name.encode()
    return bytes(byte ^ mask[i % len(mask)] for i, byte in enumerate(data))


def _environment_names(path: Path) -> list[str]:
    expanded = path.expanduser()
    return list(dict.fromkeys([environment_name(expanded), environment_name(expanded.absolute())]))


def _first_line(opened: Path | int, source: str) -> str:
    if isinstance(opened, int) and not 0 <= opened < 1 << 31:
        raise PasswordSource(f"cannot read the password from {source}: there is no such number")
    try:
        with open(opened, "rb", closefd=not isinstance(opened, int), buffering=0) as stream:
            line = bytearray()
            # Byte by byte: what follows on a shared descriptor is not ours to consume.
            while (byte := stream.read(1)) and byte != b"\n":
                line += byte
                if len(line) > _LONGEST_LINE:
                    raise PasswordSource(f"what {source} holds is too long for a password")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise PasswordSource(f"cannot read the password from {source}: {reason}") from error
    try:
        return bytes(line).removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise PasswordSource(f"the password from {source} is not UTF-8 text") from None


def _keyring_user(path: Path) -> str:
    return str(path.expanduser().absolute())


def _keyring_failed(action: str, path: Path, error: Exception) -> PasswordSource:
    return PasswordSource(
        f"the OS keyring did not {action} the password: {type(error).__name__}",
        path=path,
        hint="unlock the keyring, or give the password another way",
    )


def _missing(request: PasswordRequest) -> MissingPassword:
    purpose = "protect" if request.new else "open"
    stored = "" if request.new else "store it in the OS keyring, "
    return MissingPassword(
        f"a password is needed to {purpose} {request.path}",
        path=request.path,
        hint=f"give a password file or descriptor, {stored}set {environment_name(request.path)}, "
        "or run on a terminal to be asked",
    )
