"""Value types of the Swap pallet's storage, calls and runtime API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.chain_client.scale import NewType, Struct, codec, i32, u16, u64, u128
from taokit.chain_client.scale.products import Field, Newtype

if TYPE_CHECKING:
    Balancer = u64
    TickIndex = i32
    PositionId = u128
    PalletId = bytes
    NonZeroU64 = u64
else:
    from taokit.chain_client.scale import Array, u8

    _Perquintill = NewType("Perquintill", u64, path="sp_arithmetic::per_things::Perquintill")
    # The pool's weight of TAO in parts of 10**18; the alpha's weight is the rest.
    Balancer = Newtype(
        "Balancer",
        lambda: [Field("quote", codec(_Perquintill), "Perquintill")],
        path="pallet_subtensor_swap::pallet::balancer::Balancer",
    )
    # Left over from concentrated liquidity; calls that name them are refused.
    TickIndex = NewType("TickIndex", i32, path="pallet_subtensor_swap::pallet::TickIndex")
    PositionId = NewType("PositionId", u128, path="pallet_subtensor_swap::pallet::PositionId")
    PalletId = NewType("PalletId", Array[u8, 8], path="frame_support::PalletId")
    NonZeroU64 = Newtype("NonZeroU64", lambda: [Field(None, codec(u64))], path="NonZeroU64")


class SubnetPrice(Struct, path="pallet_subtensor_swap_runtime_api::SubnetPrice"):
    """A subnet's price: rao of TAO for one whole alpha."""

    netuid: u16
    price: u64


class SimSwapResult(Struct, path="pallet_subtensor_swap_runtime_api::SimSwapResult"):
    """What a swap would move now, in rao of each side."""

    tao_amount: u64
    alpha_amount: u64
    tao_fee: u64
    alpha_fee: u64
    tao_slippage: u64
    alpha_slippage: u64
