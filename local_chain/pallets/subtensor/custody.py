"""Where TAO and alpha are kept: subnet accounts, minting, recycling, burning, and plain transfers.

Owns SubtensorModule's own issuance counter and the rules around it (coinbase/tao.rs and
coinbase/alpha.rs). Does not own balances (`Balances`), stakes (`shares`) nor what a block emits
(`coinbase`). Amounts are rao.
"""

from __future__ import annotations

from functools import cache

from taokit.local_chain.emission import TOTAL_SUPPLY
from taokit.local_chain.frame.errors import TokenError
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT

U64_MAX = 2**64 - 1
I64_MAX = 2**63 - 1
I64_MIN = -(2**63)

_SUBNET_ACCOUNTS = b"modlsubtensr"
BURN_ADDRESS = b"modlburntnsr".ljust(32, b"\0")
"""The account that burned TAO is sent to; nobody has its key."""


# -- accounts of the runtime itself --------------------------------------------------------------


@cache
def account_of_netuid(netuid: int) -> bytes:
    """The account id made from a netuid, whether the subnet exists or not."""
    return (_SUBNET_ACCOUNTS + netuid.to_bytes(2, "little")).ljust(32, b"\0")


def subnet_account(sub: SubtensorBase, netuid: int) -> bytes | None:
    """The account that holds a subnet's TAO; None for a subnet that is not there."""
    if netuid != ROOT and not sub.networks_added.contains(netuid):
        return None
    return account_of_netuid(netuid)


def netuid_of_account(account: bytes) -> int | None:
    """The netuid whose account this is, or None (`is_subnet_account_id`)."""
    if not account.startswith(_SUBNET_ACCOUNTS) or any(account[14:]):
        return None
    return int.from_bytes(account[12:14], "little")


# -- balances as staking sees them ---------------------------------------------------------------


def coldkey_balance(sub: SubtensorBase, coldkey: bytes) -> int:
    """All TAO a coldkey may take out, existential deposit included (`get_coldkey_balance`)."""
    return sub.runtime.balances.reducible(coldkey)


def keep_alive_balance(sub: SubtensorBase, coldkey: bytes) -> int:
    """TAO a coldkey may take out and still exist (`get_keep_alive_balance`)."""
    return sub.runtime.balances.reducible(coldkey, keep_alive=True)


def transfer_tao(sub: SubtensorBase, source: bytes, dest: bytes, amount: int) -> None:
    """Move TAO; the source may end, and its dust then leaves the issuance.

    Raises InsufficientBalance, or what Balances raises.
    """
    if amount > coldkey_balance(sub, source):
        raise sub.Error.InsufficientBalance
    _transfer_allow_death(sub, source, dest, amount)


def transfer_all_tao_and_kill(sub: SubtensorBase, source: bytes, dest: bytes) -> None:
    """Move all TAO that can be moved."""
    amount = coldkey_balance(sub, source)
    if amount:
        _transfer_allow_death(sub, source, dest, amount)


def transfer_tao_to_subnet(sub: SubtensorBase, netuid: int, coldkey: bytes, amount: int) -> int:
    """Move TAO into a subnet's account, keeping the coldkey alive; returns what was moved.

    Asked for everything, it moves the balance less the existential deposit. Raises
    SubnetNotExists, or InsufficientBalance where nothing can be moved.
    """
    if not amount:
        return 0
    account = subnet_account(sub, netuid)
    if account is None:
        raise sub.Error.SubnetNotExists
    moved = min(amount, keep_alive_balance(sub, coldkey))
    if not moved:
        raise sub.Error.InsufficientBalance
    sub.runtime.balances.transfer(coldkey, account, moved, keep_alive=True)
    return moved


def transfer_tao_from_subnet(sub: SubtensorBase, netuid: int, coldkey: bytes, amount: int) -> None:
    """Pay TAO out of a subnet's account."""
    account = subnet_account(sub, netuid)
    if account is None:
        raise sub.Error.SubnetNotExists
    transfer_tao(sub, account, coldkey, amount)


def burn_tao(sub: SubtensorBase, coldkey: bytes, amount: int) -> None:
    """Send TAO where nobody can spend it; the issuance keeps counting it."""
    transfer_tao(sub, coldkey, BURN_ADDRESS, amount)


def recycle_tao(sub: SubtensorBase, coldkey: bytes, amount: int) -> None:
    """Take TAO out of existence and out of the issuance, keeping the account alive.

    Raises InsufficientBalance, or BalanceWithdrawalError where Balances refuses.
    """
    if amount > keep_alive_balance(sub, coldkey):
        raise sub.Error.InsufficientBalance
    _lower_issuance(sub, amount)
    balances = sub.runtime.balances
    try:
        balances.withdraw(coldkey, amount, keep_alive=False)
    except TokenError:
        raise sub.Error.BalanceWithdrawalError from None
    balances.forget(amount)


def _transfer_allow_death(sub: SubtensorBase, source: bytes, dest: bytes, amount: int) -> None:
    balances = sub.runtime.balances
    before = balances.total_issuance.get()
    balances.transfer(source, dest, amount, keep_alive=False)
    dust = before - balances.total_issuance.get()
    if dust > 0:
        _lower_issuance(sub, dust)


def _lower_issuance(sub: SubtensorBase, amount: int) -> None:
    sub.total_issuance.put(max(sub.total_issuance.get() - amount, 0))


# -- new TAO -------------------------------------------------------------------------------------


class Credit:
    """TAO that was minted and belongs to nobody yet."""

    def __init__(self, amount: int) -> None:
        self.amount = amount


def mint_tao(sub: SubtensorBase, amount: int) -> Credit:
    """Create TAO, never above 21 million in all, as a credit to be spent or recycled."""
    balances = sub.runtime.balances
    minted = min(amount, max(TOTAL_SUPPLY - balances.total_issuance.get(), 0))
    sub.total_issuance.put(min(sub.total_issuance.get() + minted, U64_MAX))
    balances.issue(minted)
    return Credit(minted)


def spend_tao(sub: SubtensorBase, account: bytes, credit: Credit, part: int) -> bool:
    """Give part of a credit to an account; False, and nothing spent, where that cannot be."""
    if credit.amount < part or not sub.runtime.balances.resolve(account, part):
        return False
    credit.amount -= part
    return True


def recycle_credit(sub: SubtensorBase, credit: Credit) -> None:
    """Undo what is left of a credit: it leaves both issuance counters."""
    if credit.amount:
        _lower_issuance(sub, credit.amount)
        sub.runtime.balances.forget(credit.amount)
        credit.amount = 0


# -- alpha ---------------------------------------------------------------------------------------


def alpha_issuance(sub: SubtensorBase, netuid: int) -> int:
    """Alpha of a subnet in its pool and outside (`get_alpha_issuance`)."""
    return min(sub.subnet_alpha_in.get(netuid) + sub.subnet_alpha_out.get(netuid), U64_MAX)


def mint_alpha_in(sub: SubtensorBase, netuid: int, amount: int) -> None:
    """Create alpha in the subnet's pool."""
    if amount:
        sub.runtime.alpha_assets.mint(netuid, amount)
        total = sub.subnet_alpha_in
        total.insert(netuid, min(total.get(netuid) + amount, U64_MAX))


def mint_alpha_out(sub: SubtensorBase, netuid: int, amount: int) -> None:
    """Create alpha outside the pool, for stakers."""
    if amount:
        sub.runtime.alpha_assets.mint(netuid, amount)
        total = sub.subnet_alpha_out
        total.insert(netuid, min(total.get(netuid) + amount, U64_MAX))


def recycle_alpha(sub: SubtensorBase, netuid: int, amount: int) -> None:
    """Take alpha out of the issuance (`recycle_subnet_alpha`)."""
    if amount:
        total = sub.subnet_alpha_out
        total.insert(netuid, max(total.get(netuid) - amount, 0))
        sub.runtime.alpha_assets.recycle(netuid, amount)


def burn_alpha(sub: SubtensorBase, netuid: int, amount: int) -> None:
    """Count alpha as burned; the issuance does not change (`burn_subnet_alpha`)."""
    if amount:
        sub.runtime.alpha_assets.burn(netuid, amount)
