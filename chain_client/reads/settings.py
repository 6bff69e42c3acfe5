"""Everything that can be set of a subnet or of the chain: values, units, ranges, who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.errors import UnknownName
from taokit.chain_client.hyperparameters import SETTINGS, Setting, find_setting
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import no_subnet

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["SettingValue", "settings", "stored_values"]


@dataclass(frozen=True, slots=True)
class SettingValue:
    """One setting as it is. ``value`` is the chain's own number, ``shown`` has the unit.

    ``set_by`` is "owner" (root may too), "root", or "nobody" where the chain refuses it always.
    """

    name: str
    value: Any
    shown: str | None
    unit: str
    range: str
    set_by: str
    does: str


@read("settings", group="subnets")
async def settings(
    chain: ChainClient,
    netuid: Annotated[NetUid | None, Arg("Of which subnet; none for those of the chain.")] = None,
    param: Annotated[str | None, Arg("One of them, by its name.")] = None,
) -> tuple[SettingValue, ...]:
    """What can be set of a subnet, or of the whole chain: value, unit, range, and who may."""
    wanted = [find_setting(param)] if param is not None else list(SETTINGS.values())
    wanted = [setting for setting in wanted if setting.on_subnet == (netuid is not None)]
    async with chain.snapshot():
        if netuid is not None and not await chain.query("SubtensorModule", "NetworksAdded", netuid):
            raise no_subnet(netuid)
        values = await stored_values(chain, netuid, wanted)
    return tuple(_value(setting, values.get(setting.name)) for setting in wanted)


def _value(setting: Setting, value: Any) -> SettingValue:
    return SettingValue(
        name=setting.name,
        value=value,
        shown=None if value is None else setting.shown(value),
        unit=setting.unit_name,
        range=setting.bounds,
        set_by=setting.set_by,
        does=setting.does,
    )


async def stored_values(
    chain: ChainClient, netuid: int | None, wanted: Sequence[Setting]
) -> dict[str, Any]:
    """The values of settings by name, in one request; those a chain lacks are left out."""
    kept, keys = [], []
    for setting in wanted:
        pallet, item = setting.storage
        if not setting.item:
            continue
        try:
            chain.runtime.storage(pallet, item)
        except UnknownName:
            continue
        kept.append(setting)
        keys.append((pallet, item, *([netuid] if setting.on_subnet else [])))
    found = await chain.query_many(keys)
    return {
        setting.name: setting.decoded(stored) for setting, stored in zip(kept, found, strict=True)
    }
