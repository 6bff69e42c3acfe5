"""How a dispatch fails, and how an extrinsic is refused before it is dispatched.

    DispatchError               the call ran and was rolled back
      ModuleError               a pallet's own error: one subclass per declared error
      BadOrigin, CannotLookup, Exhausted, ...
      TokenError, ArithmeticError_, TransactionalError
    Invalid                     the extrinsic never enters a block (InvalidTransaction)

These never leave the runtime as Python exceptions: the executive turns a
`DispatchError` into `System.ExtrinsicFailed`, and an `Invalid` into the
answer that the pool gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from taokit.local_chain.frame.weight import Weight

OTHER, CANNOT_LOOKUP, BAD_ORIGIN, MODULE, CONSUMER_REMAINING, NO_PROVIDERS = range(6)
TOO_MANY_CONSUMERS, TOKEN, ARITHMETIC, TRANSACTIONAL, EXHAUSTED, CORRUPTION = range(6, 12)
UNAVAILABLE, ROOT_NOT_ALLOWED, TRIE = range(12, 15)


class DispatchError(Exception):
    """A call failed; its writes and events are undone, its fee is kept.

    A call that knows how much of its weight it used until it failed says so in `used`.
    """

    index: ClassVar[int] = OTHER
    used: Weight | None = None

    def encode(self) -> bytes:
        """The SCALE form of `sp_runtime::DispatchError`."""
        return bytes([self.index])

    @property
    def name(self) -> str:
        """The error's name as clients print it."""
        return type(self).__name__


class Other(DispatchError):
    """An error told by its text only."""


class CannotLookup(DispatchError):
    """The address is not an account id."""

    index = CANNOT_LOOKUP


class BadOrigin(DispatchError):
    """The call wants another origin (root, or a signature)."""

    index = BAD_ORIGIN


class ConsumerRemaining(DispatchError):
    """The account is still in use and cannot be destroyed."""

    index = CONSUMER_REMAINING


class NoProviders(DispatchError):
    """The account does not exist."""

    index = NO_PROVIDERS


class TooManyConsumers(DispatchError):
    """The account has too many consumers."""

    index = TOO_MANY_CONSUMERS


class Exhausted(DispatchError):
    """Resources of the block are exhausted."""

    index = EXHAUSTED


class Corruption(DispatchError):
    """The state is corrupt."""

    index = CORRUPTION


class Unavailable(DispatchError):
    """Some resource is unavailable now."""

    index = UNAVAILABLE


class RootNotAllowed(DispatchError):
    """Root may not make this call."""

    index = ROOT_NOT_ALLOWED


class _Listed(DispatchError):
    """An error with one of a list of reasons."""

    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def name(self) -> str:
        return self.reason

    def encode(self) -> bytes:
        return bytes([self.index, self.names.index(self.reason)])


class TokenError(_Listed):
    """A balance does not allow it."""

    index = TOKEN
    names = (
        "FundsUnavailable",
        "OnlyProvider",
        "BelowMinimum",
        "CannotCreate",
        "UnknownAsset",
        "Frozen",
        "Unsupported",
        "CannotCreateHold",
        "NotExpendable",
        "Blocked",
    )


class ArithmeticError_(_Listed):  # noqa: N801 - the plain name is a builtin
    """A number does not fit."""

    index = ARITHMETIC
    names = ("Underflow", "Overflow", "DivisionByZero")


class TransactionalError(_Listed):
    """Storage layers are nested too deeply or not at all."""

    index = TRANSACTIONAL
    names = ("LimitReached", "NoLayer")


class ModuleError(DispatchError):
    """A pallet's own error. Declared with `error(index, why)` in the pallet's `Errors`."""

    index = MODULE
    pallet_index: ClassVar[int] = 0
    pallet_name: ClassVar[str] = ""
    error_index: ClassVar[int] = 0
    why: ClassVar[str] = ""

    def encode(self) -> bytes:
        return bytes([MODULE, self.pallet_index, self.error_index, 0, 0, 0])


class ErrorDeclaration:
    """What `error()` leaves in a class body until the pallet is made."""

    def __init__(self, index: int, why: str) -> None:
        self.index = index
        self.why = why


def error(index: int, why: str = "") -> type[ModuleError]:
    """Declare a pallet's error: its index in the metadata, and its meaning in our words."""
    declared: Any = ErrorDeclaration(index, why)
    return declared  # type: ignore[no-any-return]


class Errors:
    """Base of a pallet's `Error` class; each `error(...)` becomes a class to raise."""

    declared: ClassVar[dict[str, type[ModuleError]]] = {}

    def __init_subclass__(cls) -> None:
        found = {n: d for n, d in vars(cls).items() if isinstance(d, ErrorDeclaration)}
        cls.declared = {}
        for name, declaration in sorted(found.items(), key=lambda pair: pair[1].index):
            body = {
                "error_index": declaration.index,
                "why": declaration.why,
                "__doc__": declaration.why,
            }
            made = type(name, (ModuleError,), body)
            setattr(cls, name, made)
            cls.declared[name] = made

    @classmethod
    def claim(cls, pallet_index: int, pallet_name: str) -> None:
        """Give every error its pallet."""
        for declared in cls.declared.values():
            declared.pallet_index = pallet_index
            declared.pallet_name = pallet_name


class Invalid(Exception):
    """An extrinsic is not valid now: `InvalidTransaction`, with its custom code if it has one.

    Of two kinds that is not told: nobody validates such an unsigned call, or the signer is named
    in a form that is not looked up (`UnknownTransaction`).
    """

    UNKNOWN: ClassVar[tuple[str, ...]] = ("CannotLookup", "NoUnsignedValidator")

    KINDS: ClassVar[tuple[str, ...]] = (
        "Call",
        "Payment",
        "Future",
        "Stale",
        "BadProof",
        "AncientBirthBlock",
        "ExhaustsResources",
        "Custom",
        "BadMandatory",
        "MandatoryValidation",
        "BadSigner",
        "IndeterminateImplicit",
        "UnknownOrigin",
    )

    def __init__(self, kind: str, custom: int | None = None) -> None:
        super().__init__(kind if custom is None else f"{kind}({custom})")
        self.kind = kind
        self.custom = custom

    def encode(self) -> bytes:
        """The SCALE form of `InvalidTransaction`; ValueError for a kind that is not one of it."""
        index = self.KINDS.index(self.kind)
        return bytes([index]) if self.custom is None else bytes([index, self.custom])
