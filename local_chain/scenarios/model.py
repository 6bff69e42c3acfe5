"""What a scenario says.

Owns the words of the file and what hangs together in it: that a group that is named is there, that
an event has what it needs. Does not own what any of it does on a chain (`setting_up`, `play`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from taokit.local_chain.scenarios.errors import ScenarioError, unknown
from taokit.local_chain.scenarios.fields import (
    anything,
    flag,
    many,
    mapping,
    number,
    one,
    read,
    schema,
    text,
    whole,
)

# ruff: noqa: RUF009 - each field is made by a function that says what it takes

__all__ = [
    "METRICS",
    "RULES",
    "AccountPlan",
    "EventPlan",
    "Expectation",
    "MinerPlan",
    "Scenario",
    "SubnetPlan",
    "ValidatorPlan",
    "WeightPlan",
    "json_schema",
    "scenario_of",
    "weight_plans",
]

RULES = ("honest", "copy", "cabal", "random", "fixed", "none")
METRICS = (
    "incentive",
    "dividends",
    "emission",
    "stake",
    "return",
    "trust",
    "neurons",
    "price",
    "issued",
    "burn",
)
DOES = {
    "weights": ("validators", "weights"),
    "stop": ("validators",),
    "resume": ("validators",),
    "quality": ("miners", "quality"),
    "register": ("count",),
    "hyperparameter": ("name", "value"),
    "transfer": ("from", "to", "tao"),
    "stake": ("from", "validators", "tao"),
    "unstake": ("from", "validators", "alpha"),
    "buy": ("tao",),
    "sell": ("alpha",),
    "halving": (),
    "travel": ("seconds",),
}
"""What may happen, and which fields that needs."""


@dataclass(frozen=True)
class AccountPlan:
    """An account with money."""

    name: str = text("Its name; its key is //scenario//NAME.")
    tao: float = number("TAO that it holds.", 1_000)


@dataclass(frozen=True)
class WeightPlan:
    """How validators come to their weights."""

    rule: str = text(
        "honest: as good as each miner is; copy: what the others set, weighted by stake; cabal: "
        "the miners named in `to`, whatever they do; random; fixed: as in `to`; none.",
        choices=RULES,
    )
    to: Mapping[str, float] = mapping("For cabal and fixed: weights by group of miners.", float)
    noise: float = number("How far a weight may be off, 0.1 for a tenth.", 0, most=1)


@dataclass(frozen=True)
class ValidatorPlan:
    """A group of validators that behave alike."""

    name: str = text("Its name, unique in the subnet.")
    count: int = whole("How many.", 1, least=1, most=64)
    stake: float = number("Alpha that each has staked to itself.", 10_000)
    weights: WeightPlan = one(
        WeightPlan, "How they set weights.", WeightPlan("honest", {}, 0), word="rule"
    )


@dataclass(frozen=True)
class MinerPlan:
    """A group of miners that are equally good."""

    name: str = text("Its name, unique in the subnet.")
    count: int = whole("How many.", 1, least=1, most=256)
    quality: float = number("How good they are, as honest validators measure it.", 1)
    drift: float = number(
        "How much of the quality comes and goes from epoch to epoch, miner by miner.", 0, most=1
    )


@dataclass(frozen=True)
class SubnetPlan:
    """A subnet, or several alike."""

    name: str = text("Its name, unique in the scenario.")
    count: int = whole("How many of them; they are called NAME-1, NAME-2 and so on.", 1, least=1)
    netuid: int = whole(
        "A subnet that the chain has already, such as one of a fork; at 0 a new one is registered.",
        0,
        most=65_535,
    )
    tempo: int = whole("Blocks of an epoch.", 20, least=2)
    commit_reveal: bool = flag("Weights are committed under a timelock, and revealed later.", False)
    tao: float = number("TAO in its pool. At 0 what registering it brought.", 0)
    price: float = number("What an alpha costs at the start, in TAO. At 0 what it came to.", 0)
    emission: bool = flag("It takes part in the emission of TAO.", True)
    hyperparameters: Mapping[str, Any] = mapping(
        "What `taokit subnet` calls hyperparameters: the names of AdminUtils.sudo_set_NAME."
    )
    max_uids: int = whole("How many neurons there is room for.", 256, least=2, most=256)
    validators: tuple[ValidatorPlan, ...] = many(ValidatorPlan, "Its validators.")
    miners: tuple[MinerPlan, ...] = many(MinerPlan, "Its miners.")


@dataclass(frozen=True)
class EventPlan:
    """Something that happens once."""

    do: str = text("What happens.", choices=tuple(DOES))
    epoch: int = whole("After so many epochs of the subnet.", 0)
    block: int = whole("Or after so many blocks.", 0)
    subnet: str = text("Of which subnet; the first, if not said.", "")
    validators: str = text("A group of validators.", "")
    miners: str = text("A group of miners.", "")
    weights: WeightPlan = one(
        WeightPlan, "How they set weights from now on.", WeightPlan("none", {}, 0), word="rule"
    )
    quality: float = number("How good the miners are from now on.", 0)
    count: int = whole("How many neurons register, each paying for itself.", 0)
    group: str = text("What they are called.", "newcomers")
    name: str = text("Which hyperparameter.", "")
    value: Any = anything("What it becomes.", None)
    from_: str = text("Who pays: an account.", "")
    to: str = text("Who is paid: an account.", "")
    tao: float = number("How much TAO.", 0)
    alpha: float = number("How much alpha.", 0)
    seconds: float = number("How much time passes.", 0)


@dataclass(frozen=True)
class Expectation:
    """What is to come of it: a value, compared with a number or with another value."""

    says: str = text("The same in words.")
    metric: str = text("What is looked at.", choices=METRICS)
    is_: str = text("How it compares.", choices=("above", "below", "near"))
    of: str = text("Of which group; for price, issued, burn and neurons of none.", "")
    subnet: str = text("In which subnet; the first, if not said.", "")
    epoch: int = whole("After which epoch; at 0 the last one.", 0)
    value: float = number("With this number.", 0)
    than: str = text("Or with the same of this group.", "")
    than_subnet: str = text("In this subnet; in the same, if not said.", "")
    than_epoch: int = whole("After this epoch; after the same, if 0.", 0)
    times: float = number("The other value is taken so many times.", 1)
    within: float = number("For near: by how much of the other value it may be off.", 0.05)

    @property
    def compares(self) -> bool:
        """Whether it is compared with another value of the chain."""
        return bool(self.than or self.than_subnet or self.than_epoch)


@dataclass(frozen=True)
class Scenario:
    """All of it."""

    title: str = text("What it is called.")
    shows: str = text("What it shows, in a sentence or two.", "")
    epochs: int = whole("How many epochs of the first subnet it is played for.", 10, least=1)
    seed: int = whole("What everything random in it comes from.", 1)
    limits: bool = flag("Rate limits hold, and neurons are immune for a while.", False)
    accounts: tuple[AccountPlan, ...] = many(AccountPlan, "Accounts with money.")
    subnets: tuple[SubnetPlan, ...] = many(SubnetPlan, "Its subnets.")
    events: tuple[EventPlan, ...] = many(EventPlan, "What happens, and when.")
    expect: tuple[Expectation, ...] = many(Expectation, "What is to come of it.")

    def subnet_names(self) -> dict[str, SubnetPlan]:
        """Every subnet by name, those of a count one by one."""
        named = {}
        for plan in self.subnets:
            names = [plan.name] if plan.count == 1 else _numbered(plan.name, plan.count)
            named.update(dict.fromkeys(names, plan))
        return named


def weight_plans(scenario: Scenario) -> Iterator[WeightPlan]:
    """Every way of setting weights that it has, or comes to."""
    for subnet in scenario.subnets:
        for group in subnet.validators:
            yield group.weights
    for event in scenario.events:
        yield event.weights


def json_schema() -> dict[str, Any]:
    """The JSON schema of a scenario's file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of taokit",
        **schema(Scenario),
    }


def scenario_of(data: Any) -> Scenario:
    """Make a scenario of plain data, and check that it hangs together. Raises `ScenarioError`."""
    scenario = read(Scenario, data)
    if not scenario.subnets:
        raise ScenarioError("a scenario has a subnet", path="subnets")
    for at, given in enumerate(data["subnets"]):
        _check_existing(given, f"subnets[{at}]")
    _check_unique((plan.name for plan in scenario.accounts), "accounts")
    _check_unique((plan.name for plan in scenario.subnets), "subnets")
    for at, plan in enumerate(scenario.subnets):
        _check_subnet(plan, f"subnets[{at}]")
    for at, event in enumerate(scenario.events):
        _check_event(scenario, event, f"events[{at}]")
    for at, wanted in enumerate(scenario.expect):
        _check_expectation(scenario, wanted, f"expect[{at}]")
    return scenario


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}-{number}" for number in range(1, count + 1)]


def _check_unique(names: Iterator[str], path: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ScenarioError(f"{name!r} is there twice", path=path)
        seen.add(name)


OWN = ("count", "tempo", "commit_reveal", "tao", "price", "emission", "max_uids")
"""What an existing subnet has already."""


def _check_existing(given: Mapping[str, Any], path: str) -> None:
    for field in OWN if given.get("netuid") else ():
        if field in given:
            raise ScenarioError(
                "a subnet that is there already has its own",
                path=f"{path}.{field}",
                hint="leave it out; `hyperparameters` change what can be changed",
            )


def _check_subnet(plan: SubnetPlan, path: str) -> None:
    groups: list[ValidatorPlan | MinerPlan] = [*plan.validators, *plan.miners]
    _check_unique((group.name for group in groups), path)
    if any(group.name == "owner" for group in groups):
        raise ScenarioError("'owner' is neuron 0, which is there already", path=path)
    if 1 + sum(group.count for group in groups) > plan.max_uids:
        raise ScenarioError(f"there is no room for them: {plan.max_uids} in all", path=path)
    miners = [group.name for group in plan.miners]
    for at, judges in enumerate(plan.validators):
        _check_weights(judges.weights, miners, f"{path}.validators[{at}].weights")


def _check_weights(weights: WeightPlan, miners: list[str], path: str) -> None:
    for name in weights.to:
        if name not in miners:
            raise unknown("group of miners", name, miners, f"{path}.to")
    if weights.rule in ("cabal", "fixed") and not weights.to:
        raise ScenarioError(f"{weights.rule} needs `to`: weights by group of miners", path=path)


def _subnet(scenario: Scenario, name: str, path: str) -> SubnetPlan:
    named = scenario.subnet_names()
    if not name:
        return scenario.subnets[0]
    if name not in named:
        raise unknown("subnet", name, named, path)
    return named[name]


def _check_event(scenario: Scenario, event: EventPlan, path: str) -> None:
    if bool(event.epoch) == bool(event.block):
        raise ScenarioError("say when: `epoch` or `block`, from 1 on", path=path)
    for needed in DOES[event.do]:
        given = getattr(event, "from_" if needed == "from" else needed)
        missing = given is None or given in ("", 0) or given == WeightPlan("none", {}, 0)
        if missing and needed not in ("quality", "weights"):
            raise ScenarioError(f"{event.do} needs `{needed}`", path=path)
    plan = _subnet(scenario, event.subnet, f"{path}.subnet")
    if plan.netuid and event.do in ("buy", "sell") and not event.from_:
        raise ScenarioError(f"{event.do} on a subnet of the chain needs `from`", path=path)
    groups = {
        "validators": [group.name for group in plan.validators],
        "miners": [group.name for group in plan.miners],
    }
    for kind, names in groups.items():
        name = getattr(event, kind)
        if name and name not in names:
            raise unknown(f"group of {kind}", name, names, f"{path}.{kind}")
    accounts = [account.name for account in scenario.accounts]
    for field, name in (("from", event.from_), ("to", event.to)):
        if name and name not in accounts:
            raise unknown("account", name, accounts, f"{path}.{field}")
    _check_weights(event.weights, [group.name for group in plan.miners], f"{path}.weights")


def _check_expectation(scenario: Scenario, wanted: Expectation, path: str) -> None:
    for subnet, group, field in (
        (wanted.subnet, wanted.of, "of"),
        (wanted.than_subnet or wanted.subnet, wanted.than, "than"),
    ):
        plan = _subnet(scenario, subnet, f"{path}.subnet")
        known = ["owner", *(one.name for one in plan.validators)]
        known += [one.name for one in plan.miners]
        known += [event.group for event in scenario.events if event.do == "register"]
        if group and group not in known:
            raise unknown("group", group, known, f"{path}.{field}")
    for field, epoch in (("epoch", wanted.epoch), ("than_epoch", wanted.than_epoch)):
        if epoch > scenario.epochs:
            raise ScenarioError(f"only {scenario.epochs} epochs are played", path=f"{path}.{field}")
