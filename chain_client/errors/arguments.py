"""Errors about what was asked: values, names, and things that are not there."""

from __future__ import annotations

from collections.abc import Iterable

from taokit.chain_client.errors.base import ClientError

__all__ = [
    "ArgumentError",
    "InvalidAmount",
    "InvalidArgument",
    "MissingArgument",
    "NotFound",
    "UnitError",
    "UnknownOperation",
    "UnknownRead",
    "UnsupportedExtension",
    "WrongChain",
]


class ArgumentError(ClientError):
    """A value that was given cannot be used as it is."""

    code = "argument_error"


class InvalidAmount(ArgumentError):
    """Text or a number that is no amount of money. ``given`` is what it was."""

    code = "invalid_amount"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(f"not an amount: {given!r}", hint=why)
        self.given = given


class UnitError(ArgumentError):
    """Two units that do not mix. ``left`` and ``right`` name them."""

    code = "unit_mismatch"

    def __init__(self, doing: str, left: str, right: str) -> None:
        super().__init__(f"cannot {doing} {left} and {right}")
        self.left = left
        self.right = right


class InvalidArgument(ArgumentError):
    """The value of a parameter cannot be used. ``name`` is the parameter."""

    code = "invalid_argument"

    def __init__(self, name: str, value: object, why: str) -> None:
        super().__init__(f"{name}: {value!r} cannot be used: {why}")
        self.name = name
        self.value = value
        self.why = why


class MissingArgument(ArgumentError):
    """A required parameter was not given. ``name`` is the parameter."""

    code = "missing_argument"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is required")
        self.name = name


class UnknownRead(ArgumentError):
    """There is no read of that name; ``near`` has the closest ones."""

    code = "unknown_read"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.near = _near(name, known)
        super().__init__(f"no read named {name!r}", hint=_did_you_mean(self.near))
        self.name = name


class UnknownOperation(ArgumentError):
    """There is no operation of that name; ``near`` has the closest ones."""

    code = "unknown_operation"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.near = _near(name, known)
        super().__init__(f"no operation named {name!r}", hint=_did_you_mean(self.near))
        self.name = name


class NotFound(ClientError):
    """This chain has no such thing. ``kind`` is "block", "subnet", ...; ``name`` what was asked."""

    code = "not_found"

    def __init__(self, *, kind: str, name: object, hint: str | None = None) -> None:
        super().__init__(f"no {kind} {name}", hint=hint)
        self.kind = kind
        self.name = name


class UnsupportedExtension(ClientError):
    """The runtime has a transaction extension that carries data the client does not know."""

    code = "unsupported_extension"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"the chain wants the transaction extension {identifier}, which taokit does not know",
            hint="a newer taokit may know it",
        )
        self.identifier = identifier


class WrongChain(ClientError):
    """The endpoint serves another chain than the client was connected to.

    A local chain that was started anew is another chain. Both hashes are ``0x`` hex.
    """

    code = "wrong_chain"

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(
            f"the endpoint serves chain {got}, not {expected} as before",
            hint="connect again: the chain was restarted or replaced",
        )
        self.expected = expected
        self.got = got


def _near(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=3)


def _did_you_mean(near: list[str]) -> str | None:
    return f"did you mean {' or '.join(near)}?" if near else None
