"""Whether the chain would take a new value of a setting now: who, when, and which value.

Owns the order of the checks, which is the chain's, and what a value is held against beyond its
range. Does not own the ranges (the tables) nor the windows (``windows``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.hyperparameters.setting import Range, Setting
from taokit.chain_client.hyperparameters.windows import ChangeWindow, change_window
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.refusals import refusal

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import WouldFail

__all__ = ["not_sudo_key", "setting_problem"]

_MIN_ALPHA: Final = 65_535 // 40
_MOST_UIDS: Final = 256


async def setting_problem(
    chain: ChainClient, setting: Setting, netuid: int | None, value: Any, signer: str, as_root: bool
) -> WouldFail | None:
    """Why the chain would refuse that ``value`` from ``signer``; ``None`` if it would not."""
    if setting.gone:
        return _refused(setting.gone, setting, f"{setting.name} cannot be set any more")
    if as_root and (found := await not_sudo_key(chain, signer)) is not None:
        return found
    if netuid is None:
        return _out_of_range(setting, value, as_root)
    window = await change_window(chain, netuid, signer, setting.limit)
    owner = None if as_root else window.not_owner(signer)
    if owner is not None:
        return owner
    return (
        _in_order(setting, window, value, as_root)
        or _not_on_root(setting, netuid, value)
        or await _against_others(chain, setting, netuid, value)
    )


_ALICE: Final = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
"""The development key that is the sudo key of a local chain."""


async def not_sudo_key(chain: ChainClient, signer: str) -> WouldFail | None:
    """Whether somebody else than the sudo key signs."""
    key = await chain.query("Sudo", "Key")
    if key is not None and str(key) == signer:
        return None
    hint = f"sign with the sudo key {key}" if key is not None else "the chain has no sudo key"
    if key is not None and str(key) == _ALICE:
        hint += " (that is -w //Alice)"
    reason = f"{signer} is not the chain's sudo key"
    return refusal("RequireSudo", reason, pallet="Sudo", hint=hint)


def _in_order(
    setting: Setting, window: ChangeWindow, value: Any, as_root: bool
) -> WouldFail | None:
    """Range, rate limit and freeze in the order in which the call looks at them."""
    frozen = window.frozen() if setting.freezes else None
    limited = None if as_root else window.too_soon(setting.name)
    ranged = _out_of_range(setting, value, as_root)
    if setting.call == "SubtensorModule.set_activity_cutoff_factor":
        return ranged or (None if as_root else frozen or limited)
    if setting.call == "SubtensorModule.set_tempo":
        return frozen if as_root else ranged or frozen or limited
    if setting.limit is not None and setting.limit.kind == "owner hotkey":
        return window.too_soon(setting.name)  # root's changes count too
    return limited or frozen or ranged


def _out_of_range(setting: Setting, value: Any, as_root: bool) -> WouldFail | None:
    for within in (setting.range, *(() if as_root else (setting.owner_range,))):
        if within == Range() or isinstance(value, (tuple, str, bool)):
            continue
        name = within.error_for(value)
        if name is not None:
            shown = setting.shown(value)
            return _refused(name, setting, f"{setting.name} is {setting.bounds}, not {shown}")
    return None


def _refused(name: str, setting: Setting, reason: str, hint: str | None = None) -> WouldFail:
    pallet, _, error = name.rpartition(".")
    return refusal(error, reason, pallet=pallet, hint=hint)


_NOT_ON_ROOT: Final = frozenset(
    {
        "burn_half_life",
        "burn_increase_mult",
        "owner_cut_enabled",
        "owner_cut_auto_lock_enabled",
        "subnet_emission_enabled",
    }
)


def _not_on_root(setting: Setting, netuid: int, value: Any) -> WouldFail | None:
    if netuid or setting.name not in _NOT_ON_ROOT:
        return None
    reason = f"the root network has no {setting.name}"
    return refusal("NotPermittedOnRootSubnet", reason, pallet="AdminUtils")


# -- values held against other values ----------------------------------------------------------


async def _against_others(
    chain: ChainClient, setting: Setting, netuid: int, value: Any
) -> WouldFail | None:
    check = _CHECKS.get(setting.name)
    return None if check is None else await check(chain, netuid, value)


async def _read(chain: ChainClient, netuid: int, *items: str) -> list[Any]:
    return await chain.query_many([("SubtensorModule", item, netuid) for item in items])


async def _max_uids(chain: ChainClient, netuid: int, value: int) -> WouldFail | None:
    least, used, mechanisms = await _read(
        chain, netuid, "MinAllowedUids", "SubnetworkN", "MechanismCountCurrent"
    )
    if value < least:
        reason = f"the chain keeps room for {least} neurons at least"
        return refusal("MaxAllowedUidsLessThanMinAllowedUids", reason, pallet="AdminUtils")
    if value < used:
        reason = f"the subnet has {used} neurons"
        hint = f"trim it first: `taokit sudo trim --netuid {netuid} --max-uids {value} -w WALLET`"
        name = "MaxAllowedUIdsLessThanCurrentUIds"
        return refusal(name, reason, pallet="AdminUtils", hint=hint)
    return too_many_uids(value, mechanisms)


def too_many_uids(uids: int, mechanisms: int) -> WouldFail | None:
    """Whether so many neurons in so many mechanisms are more than the chain computes."""
    if uids * mechanisms <= _MOST_UIDS:
        return None
    reason = f"{uids} neurons in {mechanisms} mechanisms are more than {_MOST_UIDS} together"
    return refusal("TooManyUIDsPerMechanism", reason)


async def _mechanism_count(chain: ChainClient, netuid: int, value: int) -> WouldFail | None:
    most, room = await chain.query_many(
        [
            ("SubtensorModule", "MaxMechanismCount"),
            ("SubtensorModule", "MaxAllowedUids", netuid),
        ]
    )
    if value > most:
        return refusal("InvalidValue", f"a subnet has at most {most} mechanisms", hint="")
    return too_many_uids(room, value)


async def _min_burn(chain: ChainClient, netuid: int, value: Tao) -> WouldFail | None:
    (most,) = await _read(chain, netuid, "MaxBurn")
    if value.rao < most:
        return None
    reason = f"min_burn must stay below max_burn, {Tao(most)}"
    return refusal("ValueNotInBounds", reason, pallet="AdminUtils")


async def _max_burn(chain: ChainClient, netuid: int, value: Tao) -> WouldFail | None:
    (least,) = await _read(chain, netuid, "MinBurn")
    if value.rao > least:
        return None
    reason = f"max_burn must stay above min_burn, {Tao(least)}"
    return refusal("ValueNotInBounds", reason, pallet="AdminUtils")


async def _childkey_take(chain: ChainClient, netuid: int, value: int) -> WouldFail | None:
    least, most = await chain.query_many(
        [("SubtensorModule", "MinChildkeyTake"), ("SubtensorModule", "MaxChildkeyTake")]
    )
    if least <= value <= most:
        return None
    reason = f"the chain takes {least / 65_535:.2%} to {most / 65_535:.2%}"
    return refusal("InvalidValue", reason, pallet="AdminUtils")


async def _alpha_values(
    chain: ChainClient, netuid: int, value: tuple[int, int]
) -> WouldFail | None:
    low, high = value
    (liquid,) = await _read(chain, netuid, "LiquidAlphaOn")
    if not liquid:
        return refusal("LiquidAlphaDisabled", "liquid alpha is off in this subnet")
    if high < _MIN_ALPHA:
        return refusal("AlphaHighTooLow", f"the high one is {_MIN_ALPHA} of 65535 at least")
    if not _MIN_ALPHA <= low <= high:
        reason = f"the low one is {_MIN_ALPHA} of 65535 at least, and not above the high one"
        return refusal("AlphaLowOutOfRange", reason)
    return None


async def _max_validators(chain: ChainClient, netuid: int, value: int) -> WouldFail | None:
    (room,) = await _read(chain, netuid, "MaxAllowedUids")
    if value <= room:
        return None
    reason = f"the subnet has room for {room} neurons"
    return refusal("MaxValidatorsLargerThanMaxUIds", reason, pallet="AdminUtils")


async def _min_uids(chain: ChainClient, netuid: int, value: int) -> WouldFail | None:
    room, used = await _read(chain, netuid, "MaxAllowedUids", "SubnetworkN")
    if value >= room:
        reason = f"it must be below max_allowed_uids, {room}"
        return refusal("MinAllowedUidsGreaterThanMaxAllowedUids", reason, pallet="AdminUtils")
    if value >= used:
        reason = f"it must be below the number of neurons, {used}"
        return refusal("MinAllowedUidsGreaterThanCurrentUids", reason, pallet="AdminUtils")
    return None


async def _voting_power(chain: ChainClient, netuid: int, value: bool) -> WouldFail | None:
    (tracking,) = await _read(chain, netuid, "VotingPowerTrackingEnabled")
    if value or tracking:
        return None
    reason = f"voting power is not tracked in subnet {netuid}"
    return refusal("VotingPowerTrackingNotEnabled", reason, hint="nothing to do")


_CHECKS: Final[dict[str, Callable[[ChainClient, int, Any], Awaitable[WouldFail | None]]]] = {
    "max_allowed_uids": _max_uids,
    "mechanism_count": _mechanism_count,
    "min_burn": _min_burn,
    "max_burn": _max_burn,
    "min_childkey_take": _childkey_take,
    "alpha_values": _alpha_values,
    "max_validators": _max_validators,
    "min_allowed_uids": _min_uids,
    "voting_power_tracking": _voting_power,
}
