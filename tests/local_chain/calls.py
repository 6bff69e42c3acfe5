"""Calls as values, for tests of pallets that hold calls of others."""

from __future__ import annotations

from typing import Any

from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.extrinsic import MultiAddress


def made(pallet: str, name: str, /, *args: Any) -> Call:
    """The call `pallet.name` with its arguments in order."""
    found = next(p for p in RuntimeCallCodec.shared.pallets.values() if p.name == pallet)
    spec = next(spec for spec in found.calls.values() if spec.name == name)
    return Call(found, spec, args)


def to(account: bytes) -> MultiAddress:
    """The address of an account id."""
    return MultiAddress.Id(account)


def pay(account: bytes, value: int) -> Call:
    """A transfer of rao."""
    return made("Balances", "transfer_keep_alive", to(account), value)
