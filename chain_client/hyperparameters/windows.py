"""When a subnet may be changed: by whom, how often, and not in the blocks before an epoch.

Owns asking the chain for that and saying how long to wait. Does not own what is changed.
Source of the rules: ``utils/rate_limiting.rs`` and ``utils/misc.rs`` of the runtime's subtensor
pallet (``ensure_sn_owner_or_root_with_limits``, ``ensure_admin_window_open``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.hyperparameters.setting import Limit
from taokit.chain_client.operations.refusals import refusal

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import WouldFail

__all__ = ["ChangeWindow", "change_window", "evm_key_limit"]

_OWNER_HOTKEY_LIMIT: Final = 50_400
_DAY: Final = 7_200
_MONTH: Final = 216_000
_FAST_TEMPO: Final = 10


@dataclass(frozen=True)
class ChangeWindow:
    """A subnet as its owner or root finds it at the next block."""

    netuid: int
    now: int
    """The next block: the earliest that can include anything."""
    owner: str
    sudo_key: str | None
    tempo: int
    last_epoch: int
    pending_epoch: int
    freeze: int
    """Blocks before an epoch in which nothing may be changed."""
    last_change: int
    """The block of the last change of that kind; 0 for never."""
    limit: int
    """Blocks that must lie between two."""

    def not_owner(self, signer: str) -> WouldFail | None:
        """Whether somebody else than the owner signs."""
        if signer == self.owner:
            return None
        hint = f"sign with the coldkey {self.owner}"
        if signer == self.sudo_key:
            hint += ", or send it as root, which this key may (--sudo)"
        reason = f"{signer} does not own subnet {self.netuid}"
        return refusal("BadOrigin", reason, pallet=None, hint=hint)

    def too_soon(self, what: str) -> WouldFail | None:
        """Whether the last change of ``what`` was too few blocks ago."""
        since = max(self.now - self.last_change, 0)
        if not self.last_change or since >= self.limit:
            return None
        reason = f"{what} was changed {since} blocks ago, and {self.limit} must lie between"
        return refusal("TxRateLimitExceeded", reason, wait=self.limit - since)

    @property
    def until_epoch(self) -> int:
        """Blocks until the next automatic epoch. One that is due runs before the block's calls."""
        left = self.last_epoch + self.tempo - self.now
        due = left <= 0 or 0 < self.pending_epoch <= self.now
        return self.tempo if due else left

    def frozen(self) -> WouldFail | None:
        """Whether an epoch is too near."""
        if not self.tempo:
            return None
        waits = []
        if self.pending_epoch > self.now:
            waits.append(self.pending_epoch - self.now)
        if self.until_epoch < self.freeze:
            waits.append(self.until_epoch)
        if not waits:
            return None
        wait = min(waits)
        reason = (
            f"subnet {self.netuid} takes no changes in the {self.freeze} blocks before an epoch, "
            f"which is {wait} block{'' if wait == 1 else 's'} away"
        )
        return refusal("AdminActionProhibitedDuringWeightsWindow", reason, wait=wait)


async def change_window(
    chain: ChainClient, netuid: int, signer: str, limit: Limit | None = None
) -> ChangeWindow:
    """How things stand for a change of a subnet that is limited by ``limit``; one request."""
    sub = "SubtensorModule"
    keys: list[tuple[Any, ...]] = [
        ("System", "Number"),
        (sub, "SubnetOwner", netuid),
        ("Sudo", "Key"),
        (sub, "Tempo", netuid),
        (sub, "LastEpochBlock", netuid),
        (sub, "PendingEpochAt", netuid),
        (sub, "AdminFreezeWindow"),
        (sub, "OwnerHyperparamRateLimit"),
        (sub, "WeightsVersionKeyRateLimit"),
        _last_change_key(netuid, signer, limit),
    ]
    found = await chain.query_many(keys)
    head, owner, key, tempo, last_epoch, pending, freeze, per_tempo, per_version, last = found
    return ChangeWindow(
        netuid=netuid,
        now=head + 1,
        owner=str(owner),
        sudo_key=None if key is None else str(key),
        tempo=tempo,
        last_epoch=last_epoch,
        pending_epoch=pending,
        freeze=freeze,
        last_change=last if limit else 0,
        limit=_length(chain, limit, tempo, per_tempo, per_version),
    )


def _last_change_key(netuid: int, signer: str, limit: Limit | None) -> tuple[Any, ...]:
    sub = "SubtensorModule"
    if limit is None:
        return ("System", "Number")
    if limit.kind == "hyperparameter":
        return (sub, "LastRateLimitedBlock", {"OwnerHyperparamUpdate": (netuid, limit.name)})
    if limit.kind == "owner hotkey":
        return (sub, "LastRateLimitedBlock", {"SetSNOwnerHotkey": netuid})
    return (sub, "TransactionKeyLastBlock", signer, netuid, limit.number)


def _length(
    chain: ChainClient, limit: Limit | None, tempo: int, per_tempo: int, per_version: int
) -> int:
    """Blocks between two changes: ``rate_limit_on_subnet`` in ``utils/rate_limiting.rs``."""
    if limit is None:
        return 0
    if limit.kind == "hyperparameter":
        return tempo * per_tempo
    if limit.kind == "owner hotkey":
        return _OWNER_HOTKEY_LIMIT
    if limit.number == 11:
        return int(chain.constant("SubtensorModule", "MinTempo"))
    if limit.number == 4:
        return tempo * per_version
    if _fast(chain):
        return 1
    return _MONTH if limit.number == 9 else _DAY


def evm_key_limit(chain: ChainClient) -> int:
    """Blocks between two associations of an Ethereum key with a neuron."""
    return 1 if _fast(chain) else _DAY


def _fast(chain: ChainClient) -> bool:
    """Whether it is a chain built for tests, with fast blocks."""
    return bool(chain.constant("SubtensorModule", "InitialTempo") == _FAST_TEMPO)
