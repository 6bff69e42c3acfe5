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
            *(f"localnet fund {name} 500 -q" for name in VALIDATORS),
            *(f"localnet fund {name} 10 -q" for name in MINERS),
        ),
    ),
    Chapter(
        "A subnet of one's own",
        (
            "subnets burn-cost",
            "subnets create -w owner",
            "subnets start --netuid 2 -w owner",
        ),
    ),
    Chapter(
        "What root decides on the real network, //Alice does here: let the subnet earn TAO, and\n"
        "   let weights be set openly (commit-reveal off)",
        (
            "call AdminUtils.sudo_set_subnet_emission_enabled 2 true --sudo -w //Alice -q",
            "call AdminUtils.sudo_set_admin_freeze_window 0 --sudo -w //Alice -q",
            "call AdminUtils.sudo_set_commit_reveal_weights_enabled 2 false --sudo -w //Alice -q",
        ),
    ),
    Chapter(
        "Validators and miners register; a miner says where it answers",
        (
            *(f"subnets register --netuid 2 -w {name} -q" for name in NAMES[1:]),
            "axon serve --netuid 2 --ip 203.0.113.7 --port 8091 -w miner1",
        ),
    ),
    Chapter(
        "The validators stake",
        (
            "stake add --netuid 2 --amount 100 -w vali1 --dry-run",
            "stake add --netuid 2 --amount 100 -w vali1 -q",
            "stake add --netuid 2 --amount 80 -w vali2 -q",
            "stake list -w vali1",
        ),
    ),
    Chapter(
        "After an epoch they hold permits, and judge the miners: two good, one not",
        (
            "localnet mine 110",
            "weights set --netuid 2 --uids 3,4,5 --weights 60,40,0 -w vali1",
            "weights set --netuid 2 --uids 3,4,5 --weights 50,50,0 -w vali2",
        ),
    ),
    Chapter(
        "A few epochs later: uid 0 is the owner, 1 and 2 validate, 3 and 4 have earned, 5 has not",
        ("localnet mine 50", "subnets metagraph 2"),
    ),
    Chapter(
        "Taking it home",
        (
            "stake remove --netuid 2 --amount 20 -w vali1",
            "stake remove --netuid 2 --all -w vali2 -q",
            "stake list -w miner1",
            "wallet balance --all",
        ),
    ),
)
