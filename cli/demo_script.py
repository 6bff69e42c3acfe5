"""The demo's story: chapters of ordinary command lines. Owns the words, not how they are run."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHAPTERS", "Chapter"]


@dataclass(frozen=True)
class Chapter:
    """What happens next, and the commands that make it happen (without ``taokit``)."""

    title: str
    commands: tuple[str, ...]


def _wallet(name: str) -> str:
    return f"wallet create {name} --no-use-password --mnemonic-out {name}.txt"


NAMES = ("owner", "vali1", "vali2", "miner1", "miner2", "miner3")
VALIDATORS = NAMES[1:3]
MINERS = NAMES[3:]

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "Wallets for an owner, two validators and three miners",
        (*(_wallet(name) for name in NAMES), "wallet list --coldkeys-only"),
    ),
    Chapter(
        "TAO out of thin air: this is a local chain",
        (
            "localnet fund owner 2000",
            "localnet fund vali1 1500",
            "localnet fund vali2 1500",
            *(f"localnet fund {name} 50" for name in MINERS),
            "wallet balance owner",
        ),
    ),
    Chapter(
        "A subnet of one's own",
        ("subnets burn-cost", "subnets create -w owner", "subnets start --netuid 2 -w owner"),
    ),
    Chapter(
        "Neurons: validators and miners register, one miner says where it answers",
        (
            *(f"subnets register --netuid 2 -w {name}" for name in NAMES[1:]),
            "axon serve --netuid 2 --ip 203.0.113.7 --port 8091 -w miner1",
        ),
    ),
    Chapter(
        "The validators stake",
        (
            "stake add --netuid 2 --amount 1000 -w vali1 --dry-run",
            "stake add --netuid 2 --amount 1000 -w vali1",
            "stake add --netuid 2 --amount 1000 -w vali2",
            "stake list -w vali1",
        ),
    ),
    Chapter(
        "An epoch gives them permits; then they judge the miners: two good, one not",
        (
            "localnet mine 120",
            "weights set --netuid 2 --uids 3,4,5 --weights 0.6,0.4,0 -w vali1",
            "weights set --netuid 2 --uids 3,4,5 --weights 0.5,0.5,0 -w vali2",
        ),
    ),
    Chapter(
        "A few epochs later, the good miners have earned",
        ("localnet mine 40", "subnets metagraph --netuid 2"),
    ),
    Chapter(
        "Taking it home",
        (
            "stake remove --netuid 2 --amount 500 -w vali1",
            "wallet balance --all",
        ),
    ),
)
