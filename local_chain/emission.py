"""What a block emits and how it is divided, as pure functions.

Owns: the halving schedule, the subnets' shares of TAO, the injection terms of a subnet and the
split of its alpha (Subtensor coinbase/{block_emission,subnet_emissions,run_coinbase}.rs).
Does not own storage or custody: the coinbase pallet reads, calls these and writes. Amounts are rao;
"raw" numbers are bits of the named fixed-point format.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import I96F32, U64F64, U96F32
from taokit.local_chain.arithmetic.transcendental import log2

__all__ = [
    "DEFAULT_BLOCK_EMISSION",
    "TOTAL_SUPPLY",
    "AlphaSplit",
    "SubnetTerms",
    "block_emission",
    "emission_shares",
    "root_proportion",
    "root_sells",
    "split_alpha_out",
    "subnet_emissions",
    "subnet_terms",
    "u16_fraction",
    "u64_fraction",
]

TOTAL_SUPPLY = 21_000_000_000_000_000
"""Rao of TAO, and of each alpha, that can ever exist."""

DEFAULT_BLOCK_EMISSION = 1_000_000_000
"""Rao emitted per block before the first halving."""

_U16_MAX = (1 << 16) - 1
_U64_MAX = (1 << 64) - 1
_HALF = U96F32.one >> 1
_EXACT = 1 << 63


@lru_cache(maxsize=1024)
def u16_fraction(parts: int) -> int:
    """Raw U96F32 of parts / 65535 (owner cut, takes)."""
    return U96F32.ratio(parts, _U16_MAX)


@lru_cache(maxsize=1024)
def u64_fraction(parts: int) -> int:
    """Raw U96F32 of parts / (2**64 - 1) (TAO weight, child proportions, childkey burn)."""
    return U96F32.ratio(parts, _U64_MAX)


def block_emission(issuance: int) -> int:
    """Rao a block emits at an issuance: 10**9 halved at 10.5M, 15.75M, 18.375M ... whole coins.

    The same schedule serves TAO and each subnet's alpha (`get_block_emission_for_issuance`).
    """
    if issuance >= TOTAL_SUPPLY:
        return 0
    one = I96F32.one
    remaining = one - I96F32.ratio(issuance, TOTAL_SUPPLY)
    residual = log2(I96F32.safe_div(one, remaining), I96F32) or 0
    halvings = I96F32.to_u64(residual)
    multiplier = I96F32.from_int(1 << halvings)
    fraction = I96F32.safe_div(one, multiplier)
    return I96F32.to_u64(I96F32.saturating_mul(fraction, I96F32.from_int(DEFAULT_BLOCK_EMISSION)))


def emission_shares(moving_prices: Sequence[int], miner_burned: Sequence[int]) -> list[int]:
    """Raw U64F64 shares of the block's TAO: moving price times (1 - burned), normalised.

    `moving_prices` are raw U64F64 (`get_moving_alpha_price`), `miner_burned` raw U96F32. With every
    weighted share zero, the plain price shares (`get_shares`).
    """
    total_price = 0
    for moving_price in moving_prices:
        total_price = U64F64.saturating_add(total_price, moving_price)
    shares = [U64F64.safe_div(moving_price, total_price) for moving_price in moving_prices]
    weighted = []
    for share, burned in zip(shares, miner_burned, strict=True):
        capped = min(U64F64.convert(burned, U96F32), U64F64.one)
        weighted.append(U64F64.saturating_mul(share, U64F64.one - capped))
    total_weight = 0
    for weight in weighted:
        total_weight = U64F64.saturating_add(total_weight, weight)
    if total_weight == 0:
        return shares
    return [U64F64.safe_div(weight, total_weight) for weight in weighted]


def subnet_emissions(emission: int, shares: Sequence[int], enabled: Sequence[bool]) -> list[int]:
    """Raw U96F32 rao of TAO for each subnet out of `emission` rao (`get_subnet_block_emissions`).

    `shares` are raw U64F64. A disabled subnet gets nothing and the enabled ones share its part; all
    disabled, nobody gets any.
    """
    if all(enabled):
        final = list(shares)
    else:
        enabled_sum = 0
        for share, is_enabled in zip(shares, enabled, strict=True):
            if is_enabled:
                enabled_sum = U64F64.saturating_add(enabled_sum, share)
        final = [
            U64F64.safe_div(share, enabled_sum) if is_enabled else 0
            for share, is_enabled in zip(shares, enabled, strict=True)
        ]
    total = U64F64.from_int(emission)
    return [U96F32.convert(U64F64.saturating_mul(total, share), U64F64) for share in final]


def root_sells(moving_prices: Sequence[int]) -> bool:
    """Whether root dividends are kept: the moving prices (raw U64F64) sum to more than one.

    The sum wraps as the runtime's does (`get_network_root_sell_flag`).
    """
    return U64F64.wrap(sum(moving_prices)) > U64F64.one


def root_proportion(root_tao: int, alpha_issuance: int, tao_weight: int) -> int:
    """Raw U96F32 part of a subnet that root stands for: rt*w / (rt*w + alpha issuance).

    `tao_weight` is raw U96F32 (`u64_fraction` of the stored weight); 0 where both are zero.
    """
    if root_tao < _EXACT and tao_weight < _EXACT and alpha_issuance < _EXACT:
        # Nothing can overflow: one whole division says the same.
        weighted = root_tao * tao_weight
        total = weighted + (alpha_issuance << 32)
        return (weighted << 32) // total if total else 0
    weighted = U96F32.saturating_mul(U96F32.from_int(root_tao), tao_weight)
    total = U96F32.saturating_add(weighted, U96F32.from_int(alpha_issuance))
    return U96F32.safe_div(weighted, total)


class SubnetTerms(NamedTuple):
    """Raw U96F32 rao of one subnet's block: into the pool, to participants, and to buy alpha."""

    tao_in: int
    alpha_in: int
    alpha_out: int
    excess_tao: int


def subnet_terms(
    tao_emission: int, alpha_emission: int, price: int, root_proportion_raw: int
) -> SubnetTerms:
    """How a subnet's TAO emission enters its pool (`get_subnet_terms`).

    `tao_emission` is raw U96F32, `alpha_emission` rao (`block_emission` of the alpha issuance),
    `price` raw U64F64, `root_proportion_raw` raw U96F32. Alpha enters at the price, but no more
    than the root proportion of the alpha emission; TAO left over buys alpha instead.
    """
    price_u96 = U96F32.convert(price, U64F64)
    alpha_out = U96F32.from_int(alpha_emission)
    tao_in, alpha_in = tao_emission, U96F32.safe_div(tao_emission, price_u96)
    cap = U96F32.saturating_mul(root_proportion_raw, alpha_out)
    if alpha_in > cap:
        alpha_in = cap
        tao_in = U96F32.saturating_mul(alpha_in, price_u96)
    return SubnetTerms(tao_in, alpha_in, alpha_out, U96F32.saturating_sub(tao_emission, tao_in))


class AlphaSplit(NamedTuple):
    """Rao of a block's alpha: each part floored, what rounding loses belongs to nobody."""

    owner_cut: int
    server: int
    validator: int
    root: int


def split_alpha_out(
    alpha_out: int, owner_cut: int, owner_cut_enabled: bool, root_proportion_raw: int
) -> AlphaSplit:
    """Divide a subnet's alpha (raw U96F32): owner cut, then half to miners, half to validators.

    `owner_cut` is raw U96F32 (`u16_fraction`); root takes its proportion, raw U96F32 and computed
    after the alpha was minted, out of the validators' half (`emit_to_subnets`).
    """
    cut = U96F32.saturating_mul(alpha_out, owner_cut) if owner_cut_enabled else 0
    rest = U96F32.saturating_sub(alpha_out, cut)
    root = U96F32.saturating_mul(U96F32.saturating_mul(root_proportion_raw, rest), _HALF)
    server = U96F32.saturating_mul(rest, _HALF)
    validator = U96F32.saturating_sub(U96F32.saturating_sub(rest, server), root)
    return AlphaSplit(
        U96F32.to_u64(cut), U96F32.to_u64(server), U96F32.to_u64(validator), U96F32.to_u64(root)
    )
