"""Operations of a subnet's owner beside its hyperparameters: trimming, epochs, mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.hyperparameters.setting import Limit
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.replacing import seats
from taokit.chain_client.operations.subnets import not_subnet_owner
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["SetMechanismCount", "SplitMechanismEmission", "TriggerEpoch", "TrimSubnet"]

_FULL = 65_535
_TRIM, _SPLIT = Limit("transaction", number=9), Limit("transaction", number=8)
_TRIGGER = Limit("hyperparameter", "TriggerEpoch")


async def _owner_change(
    chain: ChainClient, netuid: int, signer: str, limit: Limit, what: str, as_root: bool
) -> TaokitError | None:
    """Owner or root, rate limit, freeze: what AdminUtils looks at before the value."""
    from taokit.chain_client.hyperparameters.checks import not_sudo_key
    from taokit.chain_client.hyperparameters.windows import change_window

    window = await change_window(chain, netuid, signer, limit)
    if as_root:
        return await not_sudo_key(chain, signer) or window.frozen()
    return window.not_owner(signer) or window.too_soon(what) or window.frozen()


def _wrapped(call: Call, as_root: bool) -> Call:
    return Call("Sudo", "sudo", {"call": call}) if as_root else call


@operation("sudo.trim", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class TrimSubnet(Operation):
    """Take the neurons of lowest emission out of a subnet, and number the rest anew."""

    netuid: Annotated[NetUid, Arg("The subnet to trim.")]
    max_uids: Annotated[int, Arg("How many neurons may stay.")]
    sudo: Annotated[bool, Arg("Send it as root, signed by the sudo key.")] = False

    def call(self) -> Call:
        args = {"netuid": self.netuid, "max_n": self.max_uids}
        return _wrapped(Call("AdminUtils", "sudo_trim_to_max_allowed_uids", args), self.sudo)

    def summary(self) -> str:
        return f"trim subnet {self.netuid} to {self.max_uids} neurons"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        used, room = await chain.query_many(
            [
                ("SubtensorModule", "SubnetworkN", self.netuid),
                ("SubtensorModule", "MaxAllowedUids", self.netuid),
            ]
        )
        return (
            Effect("neurons", used, min(used, self.max_uids)),
            Effect("max_allowed_uids", room, self.max_uids),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found = await _owner_change(chain, self.netuid, signer, _TRIM, "the size", self.sudo)
        if found is not None:
            return found
        least, most, used = await chain.query_many(
            [
                ("SubtensorModule", "MinAllowedUids", self.netuid),
                ("SubtensorModule", "MaxAllowedUids", self.netuid),
                ("SubtensorModule", "SubnetworkN", self.netuid),
            ]
        )
        if least <= self.max_uids <= most:
            return await self._too_many_immune(chain) if used > self.max_uids else None
        reason = f"subnet {self.netuid} can be trimmed to {least} up to {most} neurons"
        return refusal(
            "InvalidValue",
            reason,
            hint=f"`taokit sudo trim --netuid NETUID --max-uids {least} -w WALLET`",
        )

    async def _too_many_immune(self, chain: ChainClient) -> TaokitError | None:
        most = chain.constant("SubtensorModule", "MaxImmuneUidsPercentage")
        protected = (await seats(chain, self.netuid)).protected
        if protected * 100 // max(self.max_uids, 1) < most:
            return None
        reason = f"{protected} neurons are immune, {most} % or more of {self.max_uids}"
        return refusal("TrimmingWouldExceedMaxImmunePercentage", reason)


@operation("sudo.trigger-epoch", signer="coldkey")
@dataclass(frozen=True)
class TriggerEpoch(Operation):
    """Have an epoch of a subnet run early, when the freeze before an epoch has passed."""

    netuid: Annotated[NetUid, Arg("Which subnet.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "trigger_epoch", {"netuid": self.netuid})

    def summary(self) -> str:
        return f"run an epoch of subnet {self.netuid} early"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.hyperparameters.windows import change_window

        window = await change_window(chain, self.netuid, signer)
        before = window.now + window.until_epoch
        return (Effect("next epoch at block", before, window.now + window.freeze),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.hyperparameters.windows import change_window

        window = await change_window(chain, self.netuid, signer, _TRIGGER)
        if signer != window.owner:
            return not_subnet_owner(signer, self.netuid, window.owner)
        if await chain.query("SubtensorModule", "CommitRevealWeightsEnabled", self.netuid):
            reason = f"subnet {self.netuid} takes weights by commit and reveal, timed by its epochs"
            return refusal("DynamicTempoBlockedByCommitReveal", reason)
        if window.pending_epoch:
            reason = f"an epoch is to run at block {window.pending_epoch} already"
            return refusal("EpochTriggerAlreadyPending", reason, hint="nothing to do")
        if window.tempo and window.until_epoch < window.freeze:
            reason = f"the next epoch runs in {window.until_epoch} blocks anyway"
            return refusal("AutoEpochAlreadyImminent", reason, hint="nothing to do")
        return window.too_soon("the epoch")


@operation("subnets.mechanisms.set", signer="coldkey")
@dataclass(frozen=True)
class SetMechanismCount(Operation):
    """Set how many incentive mechanisms a subnet has. Those that go lose their weights."""

    netuid: Annotated[NetUid, Arg("Which subnet.")]
    count: Annotated[int, Arg("How many mechanisms.")]
    sudo: Annotated[bool, Arg("Send it as root, signed by the sudo key.")] = False

    def call(self) -> Call:
        args = {"netuid": self.netuid, "mechanism_count": self.count}
        return _wrapped(Call("AdminUtils", "sudo_set_mechanism_count", args), self.sudo)

    def summary(self) -> str:
        noun = "mechanism" if self.count == 1 else "mechanisms"
        return f"give subnet {self.netuid} {self.count} {noun}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = await chain.query("SubtensorModule", "MechanismCountCurrent", self.netuid)
        return (Effect("mechanisms", before, self.count),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        before = await chain.query("SubtensorModule", "MechanismCountCurrent", self.netuid)
        if self.count < before:
            return (f"weights and bonds of {before - self.count} of them are lost",)
        return ()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.hyperparameters import SETTINGS
        from taokit.chain_client.hyperparameters.checks import setting_problem

        setting = SETTINGS["mechanism_count"]
        return await setting_problem(chain, setting, self.netuid, self.count, signer, self.sudo)


@operation("subnets.mechanisms.split-emissions", signer="coldkey")
@dataclass(frozen=True)
class SplitMechanismEmission(Operation):
    """Say how a subnet's emission is split over its mechanisms."""

    netuid: Annotated[NetUid, Arg("Which subnet.")]
    split: Annotated[
        Any, Arg("A part for each mechanism, such as 70,30; even for equal parts.", kind="value")
    ]
    sudo: Annotated[bool, Arg("Send it as root, signed by the sudo key.")] = False

    def __post_init__(self) -> None:
        self.parts  # noqa: B018 - what cannot be read is refused here

    @property
    def parts(self) -> list[int] | None:
        """The parts of 65535; ``None`` for an even split."""
        return split_parts(self.split)

    def call(self) -> Call:
        args = {"netuid": self.netuid, "maybe_split": self.parts}
        return _wrapped(Call("AdminUtils", "sudo_set_mechanism_emission_split", args), self.sudo)

    def summary(self) -> str:
        return f"split the emission of subnet {self.netuid}: {shown_split(self.parts)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = await chain.query("SubtensorModule", "MechanismEmissionSplit", self.netuid)
        return (Effect("emission split", shown_split(before), shown_split(self.parts)),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found = await _owner_change(chain, self.netuid, signer, _SPLIT, "the split", self.sudo)
        if found is not None or self.parts is None:
            return found
        count = await chain.query("SubtensorModule", "MechanismCountCurrent", self.netuid)
        if len(self.parts) <= count:
            return None
        reason = f"subnet {self.netuid} has {count} mechanisms, not {len(self.parts)}"
        count = len(self.parts)
        hint = f"`taokit subnets mechanisms set --netuid NETUID --count {count} -w WALLET` first"
        return refusal("InvalidValue", reason, hint=hint)


def split_parts(given: Any) -> list[int] | None:
    """Parts of 65535 in the proportion of what is given; the remainder goes to the largest."""
    if given is None or (isinstance(given, str) and given.strip().lower() in ("", "even", "none")):
        return None
    words = given.split(",") if isinstance(given, str) else given
    try:
        shares = [Fraction(str(word).strip().rstrip("%")) for word in words]
    except (TypeError, ValueError, ZeroDivisionError):
        raise InvalidArgument("split", given, "numbers with commas, such as 70,30") from None
    total = sum(shares)
    if not shares or min(shares) < 0 or not total:
        raise InvalidArgument("split", given, "parts of zero or more, one of them above zero")
    parts = [int(share * _FULL / total) for share in shares]
    largest = max(range(len(parts)), key=lambda place: shares[place])
    parts[largest] += _FULL - sum(parts)
    return parts


def shown_split(parts: list[int] | None) -> str:
    """A split in percent."""
    return "even" if parts is None else ", ".join(f"{part / _FULL:.2%}" for part in parts)
