"""Account ids, hashes and addresses: fixed bytes that people read in a special way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Codec
from .bytestrings import FixedBytes
from .products import Field, Newtype
from .source import Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription


class AccountId(bytes):
    """A 32-byte account id. ``str`` gives its SS58 address; it equals and hashes as its bytes.

    Built from 32 bytes, an address, or "0x" hex. As a declared type, ``AccountId`` is to a type
    checker simply ``bytes`` (see :mod:`.names`), and plain bytes are what is decoded.
    """

    __slots__ = ()
    __codec__: Codec[Any]

    def __new__(cls, value: bytes | str) -> AccountId:
        raw = account_bytes(value)
        if len(raw) != 32:
            raise ValueError(f"an account id has 32 bytes, not {len(raw)}")
        return super().__new__(cls, raw)

    @property
    def ss58(self) -> str:
        """The address with Bittensor's prefix (42)."""
        from taokit.wallet import ss58

        return ss58.encode(bytes(self))

    def __str__(self) -> str:
        return self.ss58

    def __repr__(self) -> str:
        return f"AccountId({self.ss58!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (bytes(self),)


def account_bytes(value: Any) -> Any:
    """The bytes of an address or of hex; anything else unchanged."""
    if isinstance(value, str):
        if value.startswith("0x"):
            return bytes.fromhex(value[2:])
        from taokit.wallet import ss58

        return ss58.decode(value)
    return value


class AccountCodec(FixedBytes):
    """A composite around ``[u8; 32]``; ``wrap`` makes decoded values :class:`AccountId`."""

    def __init__(self, path: str = "sp_core::crypto::AccountId32", *, wrap: bool = False) -> None:
        super().__init__(32)
        self.name = "AccountId32"
        self.path = path
        self.wrap = wrap

    def _wrap(self, s: Source, raw: str) -> str:
        # bytes.__new__ skips the checks of AccountId, which the codec has already made.
        return f"{s.bind(bytes.__new__)}({s.bind(AccountId)}, {raw})" if self.wrap else raw

    def default(self) -> bytes:
        return AccountId(bytes(32)) if self.wrap else bytes(32)

    def _coerce(self, value: Any) -> Any:
        from taokit.wallet.errors import TaokitError

        try:
            return account_bytes(getattr(value, "ss58_address", value))
        except TaokitError as failure:
            hint = f"{failure.message}: give an SS58 address, or 0x and 64 hex digits"
            raise self._misfit(value, (), hint) from None

    def to_json(self, value: Any) -> Any:
        return AccountId(value).ss58

    def _expected(self) -> str:
        return "an account (SS58 address or 32 bytes)"

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path=self.path, params={}, fields=[Field(None, FixedBytesOf(32), "[u8; 32]")]
        )


_fixed: dict[int, FixedBytes] = {}


def FixedBytesOf(size: int) -> FixedBytes:  # noqa: N802 - a constructor that remembers
    """The one codec of ``[u8; size]``."""
    found = _fixed.get(size)
    if found is None:
        found = _fixed[size] = FixedBytes(size)
    return found


def hash_type(name: str, size: int, path: str) -> Newtype:
    """A hash: a composite around ``[u8; size]``, bytes in Python."""
    return Newtype(name, FixedBytesOf(size), path=path, type_name=f"[u8; {size}]")


AccountId.__codec__ = AccountCodec()
