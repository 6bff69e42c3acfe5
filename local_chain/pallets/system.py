"""System: remarks, root's raw access to storage, and nonces; its other parts joined.

Follows `frame_system`. `system_base` declares, `system_block` is the life of a block,
`system_accounts` the references to accounts, `system_code` the upgrades.
"""

from __future__ import annotations

import hashlib
from itertools import islice

from taokit.chain_client.scale import AccountId, Bytes, Vec, u32
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.weight import DispatchClass, Weight, weight
from taokit.local_chain.pallets.system_accounts import SystemAccounts
from taokit.local_chain.pallets.system_block import SystemBlock
from taokit.local_chain.pallets.system_code import SystemCode


def _kill_prefix_weight(keys: int) -> Weight:
    return weight(2_964_000 + 1_340_742 * keys, 70 * keys, reads=keys, writes=keys)


class System(SystemBlock, SystemAccounts, SystemCode, index=0, crate="frame_system"):
    """The frame system pallet (`frame_system`)."""

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=lambda remark: weight(1_586_000 + 10_920 * len(remark)))
    def remark(self, origin: Origin, remark: Bytes) -> None:
        """Say something on chain; changes nothing."""

    @call(
        4,
        weight=lambda items: weight(1_565_000 + 733_648 * len(items), writes=len(items)),
        dispatch_class=DispatchClass.Operational,
    )
    def set_storage(self, origin: Origin, items: Vec[tuple[Bytes, Bytes]]) -> None:
        """Write raw keys. Root only."""
        ensure_root(origin)
        for key, value in items:
            self.runtime.overlay.raw_put(key, value)

    @call(
        5,
        weight=lambda keys: weight(1_624_000 + 566_903 * len(keys), writes=len(keys)),
        dispatch_class=DispatchClass.Operational,
    )
    def kill_storage(self, origin: Origin, keys: Vec[Bytes]) -> None:
        """Delete raw keys. Root only."""
        ensure_root(origin)
        for key in keys:
            self.runtime.overlay.raw_put(key, None)

    @call(
        6,
        weight=lambda prefix, subkeys: _kill_prefix_weight(subkeys + 1),
        dispatch_class=DispatchClass.Operational,
    )
    def kill_prefix(self, origin: Origin, prefix: Bytes, subkeys: u32) -> None:
        """Delete raw keys under a prefix, as many as `subkeys` says. Root only."""
        ensure_root(origin)
        for key in list(islice(self.runtime.overlay.keys(prefix), subkeys)):
            self.runtime.overlay.raw_put(key, None)

    @call(7, weight=lambda remark: weight(4_725_000 + 12_386 * len(remark)))
    def remark_with_event(self, origin: Origin, remark: Bytes) -> None:
        """Say something on chain, and record its hash as an event."""
        who = ensure_signed(origin)
        digest = hashlib.blake2b(remark, digest_size=32).digest()
        self.deposit(self.Event.Remarked(who, digest))

    # -- runtime APIs --------------------------------------------------------------------

    @runtime_api("AccountNonceApi")
    def account_nonce(self, account: AccountId) -> u32:
        """The next nonce of an account, by sealed state."""
        return self.account.get(account).nonce
