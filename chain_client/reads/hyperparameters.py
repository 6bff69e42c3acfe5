"""The hyperparameters of a subnet."""

from __future__ import annotations

import functools
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
    from taokit.chain_client.hyperparameters import Setting

__all__ = ["Hyperparameter", "hyperparameters"]

_FRACTION_BITS = {"I32F32": 32, "U64F64": 64}


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One hyperparameter by the chain's name.

    ``value`` is a bool, an int, an amount of TAO, or an exact ratio for a fixed-point one;
    ``kind`` is the chain's word for its type (Bool, U16, TaoBalance, I32F32, ...). The rest is
    what is known of it here: the value with its unit, who may set it ("owner", and root too;
    "root"; "nobody" where it follows from others), and what it does.
    """

    name: str
    kind: str
    value: bool | int | Tao | Fraction
    shown: str = ""
    set_by: str = "nobody"
    does: str = ""


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
    name = text(entry["name"])
    setting = _settings().get(name)
    if setting is None:
        return Hyperparameter(name, kind, value, does=_DERIVED.get(name, ""))
    shown = setting.shown(value)
    return Hyperparameter(name, kind, value, shown, setting.set_by, setting.does)


# In the chain's list, and set by another name or not at all.
_DERIVED = {
    "max_weights_limit": "The largest part of a validator's weights for one neuron; it is fixed.",
    "activity_cutoff": "After how many blocks without weights a validator no longer counts: "
    "activity_cutoff_factor times the tempo.",
    "alpha_high": "The fastest that liquid alpha moves bonds: the second of alpha_values.",
    "alpha_low": "The slowest that liquid alpha moves bonds: the first of alpha_values.",
    "yuma_version": "Which consensus runs: 3 where yuma3_enabled is set, otherwise 2.",
    "subnet_is_active": "Whether the owner has started the subnet.",
}


@functools.cache
def _settings() -> dict[str, Setting]:
    from taokit.chain_client.hyperparameters import SETTINGS

    return {one.reported or one.name: one for one in SETTINGS.values() if one.on_subnet}
