"""What commands answer that go on: a line of JSON at a time."""

from __future__ import annotations

from typing import Any, TypedDict

from taokit.chain_client.reads.stake import StakePosition
from taokit.chain_client.reads.subnets import Subnet
from taokit.cli.answers.answer import Answer
from taokit.cli.answers.wallets import Holdings

__all__ = ["ANSWERS"]


class SubnetsNow(TypedDict):
    """The subnets at a block; `changed` is whether any is not as in the line before."""

    block: int
    hash: str
    changed: bool
    subnets: list[Subnet]


class WalletsNow(TypedDict):
    """What coldkeys hold at a block; `changed` is whether it is not what the line before has."""

    block: int
    hash: str
    changed: bool
    wallets: list[Holdings]


class StakeNow(TypedDict):
    """What is staked at a block; `changed` is whether it is not what the line before has."""

    block: int
    hash: str
    changed: bool
    positions: list[StakePosition]


def _events() -> dict[str, Any]:
    from taokit.chain_client.automation import event_schema

    return event_schema()


ANSWERS: dict[str, Any] = {
    "subnets watch": Answer(SubnetsNow, lines=True),
    "wallet watch": Answer(WalletsNow, lines=True),
    "stake watch": Answer(StakeNow, lines=True),
    "apply": Answer(
        dict[str, Any],
        lines=True,
        note="with --dry-run, --schema and --examples it is one document",
        made_by=_events,
    ),
}
