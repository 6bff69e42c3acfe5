"""The demo's story: chapters of ordinary command lines. Owns the words, not how they are run."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHAPTERS", "INTRODUCTION", "MINERS", "Chapter", "Step"]

NAMES = ("owner", "vali1", "vali2", "miner1", "miner2", "miner3")
VALIDATORS = NAMES[1:3]
MINERS = NAMES[3:]

INTRODUCTION = (
    "A subnet from nothing to its first earnings, on a local chain that lives only as long as "
    "this. Every line after a $ is an ordinary command; -q leaves only its answer."
)


@dataclass(frozen=True)
class Step:
    """One command (without ``taokit``). A ``repeat`` says what the one before it said: not shown
    unless it fails."""

    line: str
    repeat: bool = False


@dataclass(frozen=True)
class Chapter:
    """What happens next, why, and the commands that make it happen."""

    title: str
    why: str
    steps: tuple[Step, ...]


def _steps(*lines: str) -> tuple[Step, ...]:
    return tuple(Step(line) for line in lines)


def _alike(*lines: str) -> tuple[Step, ...]:
    """Commands that do the same for several: the first is shown with what it says."""
    return tuple(Step(line, repeat=place > 0) for place, line in enumerate(lines))


def _sudo(call: str) -> str:
    return f"call AdminUtils.{call} --sudo -w //Alice -q"


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "Six wallets",
        "A wallet has a coldkey, which holds TAO, and hotkeys, which do the work in subnets.",
        (
            *_alike(
                *(f"wallet create {n} --no-use-password --mnemonic-out {n}.txt" for n in NAMES)
            ),
            *_steps("wallet list --coldkeys-only"),
        ),
    ),
    Chapter(
        "TAO out of thin air",
        "Only a local chain can do this; elsewhere TAO is bought or earned.",
        (
            *_alike(
                "localnet fund owner 2000",
                *(f"localnet fund {name} 500" for name in VALIDATORS),
                *(f"localnet fund {name} 10" for name in MINERS),
            ),
            *_steps("wallet balance --all"),
        ),
    ),
    Chapter(
        "A subnet of one's own",
        "A new subnet costs TAO, more each time; its owner starts it, and from then on it earns.",
        _steps(
            "subnets burn-cost",
            "subnets create --subnet-name demo -w owner",
            "subnets start --netuid 2 -w owner",
        ),
    ),
    Chapter(
        "What root decides",
        "On the real network that is not for everybody; here //Alice is root. The subnet is let "
        "have its part of the new TAO, and weights may be set openly.",
        _alike(
            _sudo("sudo_set_subnet_emission_enabled 2 true"),
            _sudo("sudo_set_admin_freeze_window 0"),
            _sudo("sudo_set_commit_reveal_weights_enabled 2 false"),
        ),
    ),
    Chapter(
        "Neurons",
        "Whoever takes part registers a hotkey and pays for the place. A miner also says where "
        "it answers.",
        (
            *_alike(*(f"subnets register --netuid 2 -w {name} -q" for name in NAMES[1:])),
            *_steps("axon serve --netuid 2 --ip 203.0.113.7 --port 8091 -w miner1 -q"),
        ),
    ),
    Chapter(
        "Stake",
        "Stake is what gives a validator a say. It buys the subnet's own token, alpha, from a "
        "pool, so a large amount moves the price: --dry-run tells beforehand.",
        (
            *_steps("stake add --netuid 2 --amount 100 -w vali1 --dry-run"),
            *_alike(
                "stake add --netuid 2 --amount 100 -w vali1 -q",
                "stake add --netuid 2 --amount 80 -w vali2 -q",
            ),
            *_steps("stake list -w vali1"),
        ),
    ),
    Chapter(
        "Weights",
        "After an epoch the validators hold permits, and judge the miners: two are good, one is "
        "not.",
        _steps(
            "localnet mine 110",
            "weights set --netuid 2 --uids 3,4,5 --weights 0.6,0.4,0 -w vali1 -q",
            "weights set --netuid 2 --uids 3,4,5 --weights 0.5,0.5,0 -w vali2 -q",
            "weights show 2",
        ),
    ),
    Chapter(
        "Earnings",
        "Each epoch the chain makes incentive for miners and dividends for validators out of the "
        "weights.",
        _steps("localnet mine 50", "subnets metagraph 2"),
    ),
    Chapter(
        "Taking it home",
        "Unstaking sells alpha to the pool, for TAO.",
        _steps(
            "stake list -w miner1",
            "stake remove --netuid 2 --all -w miner1 -q",
            "stake remove --netuid 2 --amount 20 -w vali1 -q",
            "wallet balance --all",
        ),
    ),
)
