"""Several incentive mechanisms on one subnet.

Owns: the split of the epoch's emission over mechanisms, and the sum of their results (Subtensor
subnets/mechanism.rs `split_emissions`, `epoch_with_mechanisms`). Does not own the epoch itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.yuma.terms import EpochOutput

__all__ = ["combine_mechanisms", "mechanism_weight", "split_emissions"]

_U16_MAX = (1 << 16) - 1
_U64_MAX = (1 << 64) - 1


def split_emissions(emission: int, mechanisms: int, split: Sequence[int] | None) -> list[int]:
    """Rao for each mechanism: by u16 parts of 65535, or evenly when no split is set.

    A split is cut or padded with zeros to the number of mechanisms; what is left goes to the first.
    """
    if split is None:
        shares = [emission // mechanisms] * mechanisms if mechanisms else []
    else:
        shares = [emission * part // _U16_MAX for part in split[:mechanisms]]
        shares += [0] * (mechanisms - len(shares))
    if shares:
        shares[0] += max(emission - sum(shares), 0)
    return shares


def mechanism_weight(mechanism: int, part: int, emission: int) -> int:
    """Raw U64F64 weight of a mechanism's results; the first takes all when nothing is emitted."""
    default = U64F64.one if mechanism == 0 else 0
    return U64F64.safe_div(U64F64.from_int(part), U64F64.from_int(emission), default)


def combine_mechanisms(
    outputs: Sequence[EpochOutput], parts: Sequence[int], emission: int
) -> EpochOutput:
    """One subnet's result from its mechanisms' outputs and their parts of the emission (rao).

    Emission to miners and validators and `stake` add up; the other numbers are weighted sums,
    floored at each step; `active` and permits hold if any holds; incentive is the first
    mechanism's (each mechanism's own is stored beside it). Bonds stay with each mechanism: empty.
    """
    weights = [mechanism_weight(index, part, emission) for index, part in enumerate(parts)]
    first = outputs[0]
    count = len(first.active)

    def weighted(field: str, largest: int) -> list[int]:
        totals = [0] * count
        for output, weight in zip(outputs, weights, strict=True):
            values: list[int] = getattr(output, field)
            totals = [
                min(
                    U64F64.to_int(
                        U64F64.saturating_add(
                            U64F64.from_int(total),
                            U64F64.saturating_mul(U64F64.from_int(value), weight),
                        )
                    ),
                    largest,
                )
                for total, value in zip(totals, values, strict=True)
            ]
        return totals

    def summed(field: str) -> list[int]:
        columns = zip(*(getattr(output, field) for output in outputs), strict=True)
        return [min(sum(column), _U64_MAX) for column in columns]

    def any_of(field: str) -> list[bool]:
        return [any(column) for column in zip(*(getattr(o, field) for o in outputs), strict=True)]

    incentive = [
        U64F64.to_u16(U64F64.saturating_mul(U64F64.from_int(value), weights[0]))
        for value in first.incentive
    ]
    return EpochOutput(
        active=any_of("active"),
        stake=summed("stake"),
        stake_weight=weighted("stake_weight", _U16_MAX),
        consensus=weighted("consensus", _U16_MAX),
        incentive=incentive,
        dividends=weighted("dividends", _U16_MAX),
        validator_trust=weighted("validator_trust", _U16_MAX),
        emission=weighted("emission", _U64_MAX),
        server_emission=summed("server_emission"),
        validator_emission=summed("validator_emission"),
        new_validator_permits=any_of("new_validator_permits"),
        bonds=[[] for _ in range(count)],
    )
