"""How much a block emits, of TAO and of each alpha, and the record of it.

Owns `BlockEmission`, in which the runtime keeps the last result asked for, TAO's or an alpha's.
Source: the runtime's coinbase/block_emission.rs; the schedule is `emission.block_emission`.
"""

from __future__ import annotations

from bisect import bisect_right

from taokit.local_chain.emission import DEFAULT_BLOCK_EMISSION, TOTAL_SUPPLY, block_emission
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.custody import Credit, mint_tao

# The least issuance of each later emission, found as the chain gets there. Emission only falls.
_ends: list[int] = []
_emissions: list[int] = []


def emission_for_issuance(issuance: int) -> int:
    """Rao a block emits at an issuance; as `block_emission`, looked up."""
    if issuance >= TOTAL_SUPPLY:
        return 0
    while not _ends or issuance >= _ends[-1]:
        _find_next_end()
    return _emissions[bisect_right(_ends, issuance)]


def _find_next_end() -> None:
    start = _ends[-1] if _ends else 0
    emission = block_emission(start)
    low, high = start, TOTAL_SUPPLY
    while high - low > 1:
        middle = (low + high) // 2
        if block_emission(middle) == emission:
            low = middle
        else:
            high = middle
    _ends.append(high)
    _emissions.append(emission)


def block_emission_for_issuance(sub: SubtensorBase, issuance: int) -> int:
    """Rao a block emits at an issuance; noted in `BlockEmission` if it differs from the last."""
    emission = emission_for_issuance(issuance)
    if issuance < TOTAL_SUPPLY and sub.block_emission.get() != emission:
        sub.block_emission.put(emission)
    return emission


def mint_block_emission(sub: SubtensorBase) -> Credit:
    """Mint this block's TAO as a credit (`get_block_emission`)."""
    emission = block_emission_for_issuance(sub, sub.total_issuance.get())
    return mint_tao(sub, emission) if emission else Credit(0)


__all__ = [
    "DEFAULT_BLOCK_EMISSION",
    "block_emission_for_issuance",
    "emission_for_issuance",
    "mint_block_emission",
]
