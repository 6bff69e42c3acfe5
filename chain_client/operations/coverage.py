"""Which calls of the runtime have no operation of their own, and why.

Every other call has one; a test holds the list against the metadata. Each of these can still be
made by its name: ``taokit call Pallet.name ...``, as root with ``--sudo``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["NOT_WRAPPED", "reason_for"]

_AUTHORS: Final = "block authors put it into their blocks; nobody signs it"
_ROOT: Final = "root's alone, and rare: taokit call NAME ... --sudo"
_BATCH: Final = "a batch of the operation does the same: taokit tx batch --mode each"
_GONE: Final = "the runtime always refuses it"

NOT_WRAPPED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AdminUtils.schedule_grandpa_change": _ROOT,
        "AdminUtils.swap_authorities": _ROOT,
        "Balances.force_adjust_total_issuance": _ROOT,
        "Balances.force_set_balance": _ROOT,
        "Balances.force_transfer": _ROOT,
        "Balances.force_unreserve": _ROOT,
        "Balances.upgrade_accounts": "it moves accounts of an old format, of which none are left",
        "Drand.set_beacon_config": _ROOT,
        "Drand.write_pulse": _AUTHORS,
        "Grandpa.note_stalled": _ROOT,
        "Grandpa.report_equivocation": "nodes report it themselves, with a proof",
        "Grandpa.report_equivocation_unsigned": "nodes report it themselves, with a proof",
        "LimitOrders.execute_batched_orders": "it nets the orders of many, for an exchange",
        "MevShield.announce_next_key": _AUTHORS,
        "MevShield.store_encrypted": "nothing decrypts what it stores: it would only expire",
        "MevShield.submit_encrypted": "it is an envelope around a signed transaction, not a call",
        "Preimage.ensure_updated": "it moves deposits of an old format, of which none are left",
        "Preimage.request_preimage": _ROOT,
        "Preimage.unrequest_preimage": _ROOT,
        "SafeMode.*": "the permissionless ones are switched off, and the others are root's",
        "Scheduler.*": "root's alone: taokit sudo call -- call Scheduler.schedule ...",
        "SubtensorModule.batch_commit_weights": _BATCH,
        "SubtensorModule.batch_reveal_weights": _BATCH,
        "SubtensorModule.batch_set_weights": _BATCH,
        "SubtensorModule.commit_crv3_mechanism_weights": "a newer call names the version too",
        "SubtensorModule.dissolve_network": "root_dissolve_network does the same",
        "SubtensorModule.register": "burned_register does the same: no work is looked at any more",
        "SubtensorModule.schedule_swap_coldkey": "a swap of coldkeys is announced instead",
        "SubtensorModule.swap_coldkey": _ROOT,
        "Sudo.remove_key": "there is no way back: taokit call Sudo.remove_key",
        "Sudo.set_key": "there is no way back: taokit call Sudo.set_key",
        "Sudo.sudo_as": _ROOT,
        "Sudo.sudo_unchecked_weight": _ROOT,
        "Swap.add_liquidity": _GONE,
        "Swap.disable_lp": _GONE,
        "Swap.modify_position": _GONE,
        "Swap.remove_liquidity": _GONE,
        "System.apply_authorized_upgrade": "it takes the code of a new runtime",
        "System.authorize_upgrade": _ROOT,
        "System.authorize_upgrade_without_checks": _ROOT,
        "System.kill_prefix": _ROOT,
        "System.kill_storage": _ROOT,
        "System.set_code": _ROOT,
        "System.set_code_without_checks": _ROOT,
        "System.set_heap_pages": _ROOT,
        "System.set_storage": _ROOT,
        "Timestamp.*": _AUTHORS,
        "Utility.dispatch_as": _ROOT,
        "Utility.dispatch_as_fallible": _ROOT,
        "Utility.with_weight": _ROOT,
    }
)
"""Reasons by ``Pallet.call``; ``Pallet.*`` is every call of a pallet."""


def reason_for(call: str) -> str | None:
    """Why ``Pallet.call`` has no operation; ``None`` where it should have one."""
    pallet = call.partition(".")[0]
    return NOT_WRAPPED.get(call) or NOT_WRAPPED.get(f"{pallet}.*")
