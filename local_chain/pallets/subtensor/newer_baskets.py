"""Baskets of root dividends, which runtimes after 424 have, on a chain that has none.

Owns the storage and runtime API through which clients ask about them before they show a balance.
Each answer is what a later runtime says of accounts without baskets. Not there: prices, trading
and previews of claims, which clients ask for only where there is a basket.
"""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Option, Struct, Tuple, Vec, i128, u16, u64
from taokit.chain_client.storage_keys import Blake2_128Concat
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor.pallet import SubtensorModule
from taokit.local_chain.pallets.subtensor.types import I96F32, NetUid

__all__ = ["Baskets"]

_API = "BetaBasketRuntimeApi"


class BasketHolding(Struct, path="pallet_subtensor::staking::beta_basket::BasketHolding"):
    """What a basket holds of one subnet, valued in rao."""

    netuid: NetUid
    alpha: u64
    spot_tao: u64
    realizable_tao: u64


class BasketSummary(
    Struct,
    path="pallet_subtensor::staking::beta_basket::BasketSummary",
    params={"AccountId": AccountId},
):
    """A validator's basket: its worth, shares, flows and holdings; amounts in rao."""

    hotkey: AccountId
    nav_tao: u64
    spot_nav_tao: u64
    shares: u64
    deposited_tao: u64
    redeemed_tao: u64
    weights: Vec[Tuple[NetUid, u16]]
    holdings: Vec[BasketHolding]


class BasketPosition(
    Struct,
    path="pallet_subtensor::staking::beta_basket::BasketPosition",
    params={"AccountId": AccountId},
):
    """What a coldkey has of a validator's basket."""

    hotkey: AccountId
    beta: u64
    beta_total: u64
    nav_tao: u64
    value_tao: u64
    spot_value_tao: u64


class Baskets(SubtensorModule):
    """Baskets: none."""

    basket_rate = StorageMap[AccountId, I96F32]("BasketRate", Blake2_128Concat, default=0)
    basket_claimed = StorageMap[tuple[AccountId, AccountId], i128](
        "BasketClaimed", Blake2_128Concat, Blake2_128Concat
    )

    @runtime_api(_API)
    def get_root_basket_owed(self, coldkey: AccountId) -> u64:
        """Rao that a coldkey would get for all that it has of baskets."""
        return 0

    @runtime_api(_API)
    def get_basket_payout(self, hotkey: AccountId, coldkey: AccountId) -> u64:
        """Rao that a coldkey would get for what it has of one basket."""
        return 0

    @runtime_api(_API)
    def get_validator_basket_nav(self, hotkey: AccountId) -> u64:
        """Rao that a basket is worth."""
        return 0

    @runtime_api(_API)
    def get_validator_basket(self, hotkey: AccountId) -> Vec[Tuple[NetUid, u64, u64]]:
        """Alpha and its worth in rao, by subnet."""
        return []

    @runtime_api(_API)
    def get_root_basket_total_nav(self) -> u64:
        """Rao that all baskets are worth."""
        return 0

    @runtime_api(_API)
    def get_validator_basket_summary(self, hotkey: AccountId) -> BasketSummary:
        """One basket with all there is to say of it."""
        return BasketSummary(hotkey, 0, 0, 0, 0, 0, [], [])

    @runtime_api(_API)
    def get_all_validator_baskets(self) -> Vec[BasketSummary]:
        """Every basket that has shares."""
        return []

    @runtime_api(_API)
    def get_root_basket_positions(self, coldkey: AccountId) -> Vec[Tuple[AccountId, u64, u64]]:
        """Shares that a coldkey has of baskets, and their worth in rao, by validator."""
        return []

    @runtime_api(_API)
    def get_basket_position(self, hotkey: AccountId, coldkey: AccountId) -> Option[BasketPosition]:
        """What a coldkey has of one basket."""
        return None

    @runtime_api(_API)
    def get_root_basket_portfolio(self, coldkey: AccountId) -> Vec[BasketPosition]:
        """What a coldkey has of each basket."""
        return []
