"""Leased subnets: registered with the money of a crowdloan, run by one, earned from by many.

Owns leasing and ending a lease, and the part of the owner's cut that contributors get. The subnet
belongs to an account without a key; the beneficiary acts for it as its proxy. Amounts are rao.
Source: the runtime's subnets/leasing.rs.
"""

from __future__ import annotations

from taokit.chain_client.scale import AccountId
from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.crowdloan import MAX_CONTRIBUTORS, CrowdloanInfo
from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.local_chain.pallets.subtensor import networks, ownership, staking
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.custody import U64_MAX
from taokit.local_chain.pallets.subtensor.types import SubnetLease


def lease_account(purpose: bytes, lease_id: int) -> bytes:
    """The account of a lease that nobody has a key for; `purpose` is coldkey or hotkey."""
    name = b"leasing/" + purpose
    return blake2_256(bytes([4 * len(name)]) + name + lease_id.to_bytes(4, "little"))


# -- leasing -------------------------------------------------------------------------------------


def register(
    sub: SubtensorBase, who: bytes, emissions_share: int, end_block: int | None
) -> Weight | None:
    """Lease a subnet with the crowdloan that is being finalized; the weight if it was less.

    What registration leaves of the money goes back, by contributions. Raises InvalidCrowdloanId of
    Crowdloan outside of a finalization (`do_register_leased_network`).
    """
    crowdloan_id, crowdloan = _crowdloan_being_finalized(sub)
    ensure(who == crowdloan.creator, sub.Error.InvalidLeaseBeneficiary)
    now = sub.runtime.system.block_number()
    ensure(end_block is None or end_block > now, sub.Error.LeaseCannotEndInThePast)
    lease_id = sub.next_subnet_lease_id.get()
    ensure(lease_id < 2**32 - 1, sub.Error.Overflow)
    sub.next_subnet_lease_id.put(lease_id + 1)
    coldkey, hotkey = (
        AccountId(lease_account(purpose, lease_id)) for purpose in (b"coldkey", b"hotkey")
    )
    sub.runtime.system.inc_providers(coldkey)
    sub.runtime.system.inc_providers(hotkey)
    balances = sub.runtime.balances
    balances.transfer(crowdloan.funds_account, coldkey, crowdloan.raised, keep_alive=False)
    networks.register_network(sub, Origin.signed(coldkey), hotkey)
    netuid = next((n for n, owner in sub.subnet_owner.items() if owner == coldkey), None)
    if netuid is None:
        raise sub.Error.LeaseNetuidNotFound
    sub.runtime.proxy.add_delegate(coldkey, who, ProxyType.SubnetLeaseBeneficiary, 0)
    leftover = balances.free(coldkey)
    sub.subnet_leases.insert(
        lease_id,
        SubnetLease(
            beneficiary=AccountId(who),
            coldkey=coldkey,
            hotkey=hotkey,
            emissions_share=emissions_share,
            end_block=end_block,
            netuid=netuid,
            cost=max(crowdloan.raised - leftover, 0),
        ),
    )
    sub.subnet_uid_to_lease_id.insert(netuid, lease_id)
    sub.delegates.insert(hotkey, 0)
    _share_out(sub, crowdloan_id, crowdloan, lease_id, leftover)
    sub.deposit(
        sub.Event.SubnetLeaseCreated(
            beneficiary=who, lease_id=lease_id, netuid=netuid, end_block=end_block
        )
    )
    count = crowdloan.contributors_count
    return _registration_weight(count) if count < MAX_CONTRIBUTORS else None


def _crowdloan_being_finalized(sub: SubtensorBase) -> tuple[int, CrowdloanInfo]:
    crowdloans = sub.runtime.crowdloan
    crowdloan_id: int | None = crowdloans.current_crowdloan_id.get()
    if crowdloan_id is None:
        raise crowdloans.Error.InvalidCrowdloanId
    return crowdloan_id, crowdloans.info(crowdloan_id)


def _share_out(
    sub: SubtensorBase, crowdloan_id: int, crowdloan: CrowdloanInfo, lease_id: int, leftover: int
) -> None:
    """Note everyone's share but the beneficiary's; refund by it, the rest to the beneficiary."""
    coldkey = lease_account(b"coldkey", lease_id)
    balances = sub.runtime.balances
    refunded = 0
    for (_, contributor), amount in sub.runtime.crowdloan.contributions.items((crowdloan_id,)):
        if contributor == crowdloan.creator:
            continue
        share = U64F64.saturating_div(U64F64.from_int(amount), U64F64.from_int(crowdloan.raised))
        sub.subnet_lease_shares.insert((lease_id, contributor), share)
        refund = U64F64.to_u64(U64F64.saturating_mul(share, U64F64.from_int(leftover)))
        balances.transfer(coldkey, contributor, refund, keep_alive=False)
        refunded += refund
    rest = max(leftover - refunded, 0)
    balances.transfer(coldkey, crowdloan.creator, rest, keep_alive=False)


def terminate(sub: SubtensorBase, who: bytes, lease_id: int, hotkey: bytes) -> Weight | None:
    """Give the subnet to the beneficiary once the lease has ended; the weight if it was less.

    The hotkey becomes the subnet owner's (`do_terminate_lease`).
    """
    error = sub.Error
    lease = sub.subnet_leases.get(lease_id)
    if lease is None:
        raise error.LeaseDoesNotExist
    ensure(lease.beneficiary == who, error.ExpectedBeneficiaryOrigin)
    if lease.end_block is None:
        raise error.LeaseHasNoEndBlock
    ensure(sub.runtime.system.block_number() >= lease.end_block, error.LeaseHasNotEnded)
    ensure(ownership.owns(sub, lease.beneficiary, hotkey), error.BeneficiaryDoesNotOwnHotkey)
    sub.subnet_owner.insert(lease.netuid, lease.beneficiary)
    networks.set_owner_hotkey(sub, lease.netuid, hotkey)
    for account in (lease.coldkey, lease.hotkey):
        _release(sub, account)
    holders = sub.subnet_lease_shares.keys((lease_id,))[:MAX_CONTRIBUTORS]
    for holder in holders:
        sub.subnet_lease_shares.remove(holder)
    sub.accumulated_lease_dividends.remove(lease_id)
    sub.subnet_leases.remove(lease_id)
    kind = ProxyType.SubnetLeaseBeneficiary
    sub.runtime.proxy.remove_delegate(lease.coldkey, lease.beneficiary, kind, 0)
    sub.deposit(sub.Event.SubnetLeaseTerminated(beneficiary=lease.beneficiary, netuid=lease.netuid))
    return _termination_weight(len(holders)) if len(holders) < MAX_CONTRIBUTORS else None


def _release(sub: SubtensorBase, account: bytes) -> None:
    try:
        sub.runtime.system.dec_providers(account)
    except DispatchError:
        # As in the runtime: the deposit for the proxy keeps the coldkey from ending here.
        return


# -- dividends -----------------------------------------------------------------------------------


def distribute_dividends(sub: SubtensorBase, lease_id: int, owner_cut: int) -> None:
    """Put the contributors' part of an owner's cut aside, and pay it in blocks divisible by 100.

    Each gets its share rounded up, the beneficiary the rest. If one payment fails, none is made and
    all of it waits (`distribute_leased_network_dividends`).
    """
    lease = sub.subnet_leases.get(lease_id)
    now = sub.runtime.system.block_number()
    if lease is None or (lease.end_block is not None and lease.end_block <= now):
        return
    part = -(-lease.emissions_share * owner_cut // 100)
    total = min(sub.accumulated_lease_dividends.get(lease_id) + part, U64_MAX)
    sub.accumulated_lease_dividends.insert(lease_id, total)
    if now % sub.lease_dividends_distribution_interval:
        return
    try:
        with sub.runtime.transaction():
            _pay_dividends(sub, lease_id, lease, total)
    except DispatchError:
        # As in the runtime: what cannot be paid to all waits for the next time.
        return


def _pay_dividends(sub: SubtensorBase, lease_id: int, lease: SubnetLease, total: int) -> None:
    paid = 0
    for (_, contributor), share in sub.subnet_lease_shares.items((lease_id,)):
        alpha = -(-U64F64.saturating_mul(share, U64F64.from_int(total)) // U64F64.one)
        _pay(sub, lease_id, lease, contributor, alpha)
        paid += alpha
    _pay(sub, lease_id, lease, lease.beneficiary, max(total - paid, 0))
    sub.accumulated_lease_dividends.insert(lease_id, 0)


def _pay(
    sub: SubtensorBase, lease_id: int, lease: SubnetLease, receiver: bytes, alpha: int
) -> None:
    staking.transfer_stake_within_subnet(
        sub, lease.coldkey, lease.hotkey, receiver, lease.hotkey, lease.netuid, alpha
    )
    sub.deposit(
        sub.Event.SubnetLeaseDividendsDistributed(
            lease_id=lease_id, contributor=receiver, alpha=alpha
        )
    )


# -- weights -------------------------------------------------------------------------------------


def _registration_weight(count: int) -> Weight:
    return weight(
        301_560_714 + 26_884_006 * count,
        10_079 + 2_579 * count,
        reads=41 + 2 * count,
        writes=55 + 2 * count,
    )


def _termination_weight(count: int) -> Weight:
    return weight(
        56_635_122 + 912_993 * count, 6_148 + 2_529 * count, reads=4 + count, writes=6 + count
    )
