"""The hyperparameters of a subnet."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.money import Tao
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import no_subnet
from taokit.chain_client.reads.values import text

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Hyperparameter", "hyperparameters"]

_FRACTION_BITS = {"I32F32": 32, "U64F64": 64}


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One hyperparameter by the chain's name.

    ``value`` is a bool, an int, an amount of TAO, or an exact ratio for a fixed-point one;
    ``kind`` is the chain's word for its type (Bool, U16, TaoBalance, I32F32, ...).
    """

    name: str
    kind: str
    value: bool | int | Tao | Fraction


@read("hyperparameters", group="subnets")
async def hyperparameters(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]
) -> tuple[Hyperparameter, ...]:
    """The hyperparameters of a subnet, in the chain's order.

    The chain sends names with the values, so that a newer runtime's additions are shown too.
    """
    entries = await chain.runtime_call("SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", netuid)
    if entries is None:
        raise no_subnet(netuid)
    return tuple(_entry(entry) for entry in entries)


def _entry(entry: Any) -> Hyperparameter:
    ((kind, raw),) = entry["value"].items()
    value: bool | int | Tao | Fraction
    if kind == "TaoBalance":
        value = Tao(raw)
    elif kind in _FRACTION_BITS:
        bits = raw["bits"] if isinstance(raw, dict) else raw
        value = Fraction(bits, 1 << _FRACTION_BITS[kind])
    else:
        value = raw
    return Hyperparameter(text(entry["name"]), kind, value)
