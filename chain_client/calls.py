"""A chain call as a value: pallet, name, arguments.

Owns :class:`Call`, which composing takes and decoding gives. Does not own encoding (the metadata
does) nor signing (``extrinsics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.money import Amount
from taokit.chain_client.prices import Price

__all__ = ["Call", "plain"]


@dataclass(frozen=True)
class Call:
    """One call of the runtime, by the names that the metadata has for it.

    Arguments are plain values: integers, text or bytes, lists, dicts for structs, ``"Variant"`` or
    ``{"Variant": value}`` for enums, SS58 text for accounts, amounts and prices as they are, and a
    nested :class:`Call` where the chain wants one (a batch, sudo, a proxy).

        >>> str(Call("Balances", "transfer_all", {"dest": "5F..", "keep_alive": True}))
        "Balances.transfer_all(dest='5F..', keep_alive=True)"
    """

    pallet: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """The call as the codec of the runtime's call enum takes it."""
        return {self.pallet: {self.name: plain(dict(self.args))} if self.args else self.name}

    @classmethod
    def from_value(cls, value: Any) -> Call:
        """The reverse of :meth:`value`, for a decoded call; nested calls stay plain values."""
        if isinstance(value, dict) and len(value) == 1:
            ((pallet, inner),) = value.items()
            if isinstance(inner, str):
                return cls(pallet, inner, {})
            if isinstance(inner, dict) and len(inner) == 1:
                ((name, args),) = inner.items()
                if isinstance(args, dict):
                    return cls(pallet, name, args)
                return cls(pallet, name, {"value": args})
        raise DecodeError(type="RuntimeCall", offset=0, what=f"not a call: {value!r}")

    def __str__(self) -> str:
        args = ", ".join(f"{name}={_shown(value)}" for name, value in self.args.items())
        return f"{self.pallet}.{self.name}({args})"


def plain(value: Any) -> Any:
    """Amounts, prices and nested calls turned into what the codec encodes."""
    if isinstance(value, (Amount, Price)):
        return value.rao
    if isinstance(value, Call):
        return value.value()
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(inner) for inner in value)
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def _shown(value: Any) -> str:
    if isinstance(value, (Amount, Price, Call)):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return repr(value)
