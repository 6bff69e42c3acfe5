"""What an epoch reads and what it writes.

Owns: the frozen inputs and outputs of one mechanism's epoch. Does not own the computation
(`epoch`, `plain`) nor where the values are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "NO_COMMIT",
    "EpochInput",
    "EpochOutput",
    "EpochStages",
    "Row",
    "activity_cutoff_blocks",
]

NO_COMMIT = (1 << 64) - 1
"""Stands for "no commit": later than any block."""

Row = Sequence[tuple[int, int]]
"""A sparse row: (uid, value) in stored order. Duplicates and any order are allowed."""


def activity_cutoff_blocks(tempo: int, factor_milli: int) -> int:
    """Blocks after which a neuron that sets no weights is inactive: factor/1000 tempos, at least 1.

    Source: Subtensor `get_activity_cutoff_blocks`; the default factor is 13_889.
    """
    return max(tempo * factor_milli // 1000, 1)


@dataclass(frozen=True)
class EpochInput:
    """Everything one mechanism's epoch depends on. Sequences have one item per uid.

    `stake` is raw I64F64 (`taokit.local_chain.dividends.epoch_stake`); `weights` and `bonds` are
    rows of (uid, u16) in stored order. `commit_blocks` is None when commit-reveal is off; otherwise
    the block of each neuron's earliest unexpired commit, or None without one. `kappa`,
    `bonds_penalty`, `alpha_low` and `alpha_high` are parts of 65535, `bonds_moving_average` parts
    of 10**6, `alpha_sigmoid_steepness` is i16 hundredths, `emission` is rao.
    """

    block: int
    tempo: int
    activity_cutoff: int
    stake: Sequence[int]
    last_update: Sequence[int]
    block_at_registration: Sequence[int]
    validator_permits: Sequence[bool]
    weights: Sequence[Row]
    bonds: Sequence[Row]
    emission: int
    commit_blocks: Sequence[int | None] | None = None
    owner_uid: int | None = None
    stake_threshold: int = 0
    max_allowed_validators: int = 64
    last_mechanism_step_block: int = 0
    kappa: int = 32_767
    bonds_penalty: int = 65_535
    bonds_moving_average: int = 900_000
    yuma3: bool = True
    liquid_alpha: bool = False
    alpha_low: int = 45_875
    alpha_high: int = 58_982
    alpha_sigmoid_steepness: int = 1_000

    def __post_init__(self) -> None:
        count = len(self.stake)
        for name in (
            "last_update",
            "block_at_registration",
            "validator_permits",
            "weights",
            "bonds",
        ):
            if len(getattr(self, name)) != count:
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} items, stake has {count}: "
                    "give one item per uid"
                )
        if self.commit_blocks is not None and len(self.commit_blocks) != count:
            raise ValueError("commit_blocks must have one item per uid")

    @property
    def neurons(self) -> int:
        """The number of uids."""
        return len(self.stake)

    @property
    def bonds_from_block(self) -> int:
        """Bonds on a neuron registered at or after this block are dropped.

        It is the block after the last successful epoch, or one tempo ago before the first.
        """
        if self.last_mechanism_step_block == 0:
            return max(self.block - self.tempo, 0)
        return self.last_mechanism_step_block + 1


@dataclass(frozen=True)
class EpochStages:
    """Intermediate results, in the order they are computed; vectors and rows of raw I32F32.

    `ranks` are what the miners are ranked by, `preranks` what they would be without clipping (the
    runtime has no use for those: the one by the other is what is called trust). `bonds_before` are
    the stored bonds as they go into the average.
    """

    stake: list[int]
    active_stake: list[int]
    weights: list[list[tuple[int, int]]]
    consensus: list[int]
    clipped_weights: list[list[tuple[int, int]]]
    validator_trust: list[int]
    preranks: list[int]
    ranks: list[int]
    incentive: list[int]
    weights_for_bonds: list[list[tuple[int, int]]]
    bonds_before: list[list[tuple[int, int]]]
    ema_bonds: list[list[tuple[int, int]]]
    dividends: list[int]
    server_emission: list[int]
    validator_emission: list[int]
    combined_emission: list[int]


@dataclass(frozen=True)
class EpochOutput:
    """One mechanism's epoch, as it is stored; lists have one item per uid.

    `stake_weight`, `consensus`, `incentive`, `dividends` and `validator_trust` are u16 parts of
    65535; the three emissions and `stake` are rao (`emission` is incentive and dividends together,
    what pruning looks at). `bonds` are the rows to store for every uid, empty without a new permit.
    `stages` is filled when asked for.
    """

    active: list[bool]
    stake: list[int]
    stake_weight: list[int]
    consensus: list[int]
    incentive: list[int]
    dividends: list[int]
    validator_trust: list[int]
    emission: list[int]
    server_emission: list[int]
    validator_emission: list[int]
    new_validator_permits: list[bool]
    bonds: Sequence[Row]
    stages: EpochStages | None = None
