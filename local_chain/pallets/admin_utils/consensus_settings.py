"""What a subnet's owner may set of consensus: weights, bonds, mechanisms."""

from __future__ import annotations

from taokit.chain_client.scale import Bool, Option, Vec, i16, u8, u16, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.admin_utils.base import AdminBase
from taokit.local_chain.pallets.subtensor import mechanisms, weight_commits
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType
from taokit.local_chain.pallets.subtensor.types import Hyperparameter, NetUid

MAX_OWNER_BONDS_AVERAGE = 975_000
MIN_ALPHA = 65_535 // 40
MECHANISM_WEIGHT = weight(15_000_000, reads=1, writes=1)


class ConsensusSettings(AdminBase):
    """Settings of a subnet's consensus that its owner may change, or root without rate limits."""

    @call(60, weight=weight(34_354_000, 4_383, reads=5, writes=1))
    def sudo_set_bonds_penalty(self, origin: Origin, netuid: NetUid, bonds_penalty: u16) -> None:
        """How much weights beyond consensus cost in bonds, in parts of 65535."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.BondsPenalty):
            sub.bonds_penalty.insert(netuid, bonds_penalty)
            sub.deposit(sub.Event.BondsPenaltySet(netuid, bonds_penalty))

    @call(49, weight=weight(34_544_000, 4_383, reads=5, writes=1))
    def sudo_set_commit_reveal_weights_enabled(
        self, origin: Origin, netuid: NetUid, enabled: Bool
    ) -> None:
        """Whether weights are committed before they are revealed."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.CommitRevealEnabled):
            sub.commit_reveal_weights_enabled.insert(netuid, enabled)
            sub.deposit(sub.Event.CommitRevealEnabled(netuid, enabled))

    @call(50, weight=weight(25_538_000, 4_280, reads=4, writes=1))
    def sudo_set_liquid_alpha_enabled(self, origin: Origin, netuid: NetUid, enabled: Bool) -> None:
        """Whether bonds move by liquid alpha."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.LiquidAlphaEnabled, must_exist=False):
            sub.liquid_alpha_on.insert(netuid, enabled)

    @call(68, weight=weight(31_438_000, 4_383, reads=5, writes=1))
    def sudo_set_alpha_sigmoid_steepness(
        self, origin: Origin, netuid: NetUid, steepness: i16
    ) -> None:
        """The steepness of liquid alpha's sigmoid; only root may make it negative."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.AlphaSigmoidSteepness) as owner:
            ensure(owner is None or steepness >= 0, self.Error.NegativeSigmoidSteepness)
            sub.alpha_sigmoid_steepness.insert(netuid, steepness)

    @call(69, weight=weight(28_583_000, 4_280, reads=4, writes=1))
    def sudo_set_yuma3_enabled(self, origin: Origin, netuid: NetUid, enabled: Bool) -> None:
        """Whether bonds are kept for each miner by itself (Yuma 3)."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.Yuma3Enabled, must_exist=False):
            sub.yuma3_on.insert(netuid, enabled)
            self.deposit(self.Event.Yuma3EnableToggled(netuid, enabled))

    @call(70, weight=weight(30_507_000, 4_280, reads=4, writes=1))
    def sudo_set_bonds_reset_enabled(self, origin: Origin, netuid: NetUid, enabled: Bool) -> None:
        """Whether a miner's commitment may reset its bonds."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.BondsResetEnabled, must_exist=False):
            sub.bonds_reset_on.insert(netuid, enabled)
            sub.deposit(sub.Event.BondsResetOnSet(netuid, enabled))
            self.deposit(self.Event.BondsResetToggled(netuid, enabled))

    @call(26, weight=weight(34_495_000, 4_383, reads=5, writes=1))
    def sudo_set_bonds_moving_average(
        self, origin: Origin, netuid: NetUid, bonds_moving_average: u64
    ) -> None:
        """How much of old bonds an epoch keeps, in millionths; an owner may go up to 975000."""
        sub, limit = self.runtime.subtensor, Hyperparameter.BondsMovingAverage
        with self.owner_change(origin, netuid, limit, must_exist=False) as owner:
            ensure(
                owner is None or bonds_moving_average <= MAX_OWNER_BONDS_AVERAGE,
                self.Error.BondsMovingAverageMaxReached,
            )
            self.ensure_subnet(netuid)
            sub.bonds_moving_average.insert(netuid, bonds_moving_average)
            sub.deposit(sub.Event.BondsMovingAverageSet(netuid, bonds_moving_average))

    @call(6, weight=weight(34_204_000, 4_383, reads=5, writes=1))
    def sudo_set_weights_version_key(
        self, origin: Origin, netuid: NetUid, weights_version_key: u64
    ) -> None:
        """The lowest version that weights may name; 0 takes any. Rate limited by itself."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, TransactionType.SetWeightsVersionKey):
            sub.weights_version_key.insert(netuid, weights_version_key)
            sub.deposit(sub.Event.WeightsVersionKeySet(netuid, weights_version_key))

    @call(51, weight=weight(34_224_000, 4_427, reads=5, writes=1))
    def sudo_set_alpha_values(
        self, origin: Origin, netuid: NetUid, alpha_low: u16, alpha_high: u16
    ) -> None:
        """The bounds of liquid alpha, in parts of 65535; liquid alpha must be on."""
        sub = self.runtime.subtensor
        with self.owner_change(origin, netuid, Hyperparameter.AlphaValues, must_exist=False):
            ensure(sub.liquid_alpha_on.get(netuid), sub.Error.LiquidAlphaDisabled)
            ensure(alpha_high >= MIN_ALPHA, sub.Error.AlphaHighTooLow)
            ensure(MIN_ALPHA <= alpha_low <= alpha_high, sub.Error.AlphaLowOutOfRange)
            sub.alpha_values.insert(netuid, (alpha_low, alpha_high))

    @call(57, weight=weight(34_654_000, 4_383, reads=5, writes=1))
    def sudo_set_commit_reveal_weights_interval(
        self, origin: Origin, netuid: NetUid, interval: u64
    ) -> None:
        """Epochs between committing and revealing weights: 1 to 100."""
        with self.owner_change(origin, netuid, Hyperparameter.WeightCommitInterval):
            weight_commits.set_reveal_period(self.runtime.subtensor, netuid, interval)

    @call(76, weight=MECHANISM_WEIGHT)
    def sudo_set_mechanism_count(self, origin: Origin, netuid: NetUid, mechanism_count: u8) -> None:
        """How many mechanisms the subnet has; what goes loses its weights."""
        limit = TransactionType.MechanismCountUpdate
        with self.owner_change(origin, netuid, limit, must_exist=False):
            mechanisms.set_count(self.runtime.subtensor, netuid, mechanism_count)

    @call(77, weight=MECHANISM_WEIGHT)
    def sudo_set_mechanism_emission_split(
        self, origin: Origin, netuid: NetUid, maybe_split: Option[Vec[u16]]
    ) -> None:
        """How emission is split over mechanisms, in parts of 65535; evenly if nothing is given."""
        limit = TransactionType.MechanismEmission
        with self.owner_change(origin, netuid, limit, must_exist=False):
            mechanisms.set_emission_split(self.runtime.subtensor, netuid, maybe_split)
