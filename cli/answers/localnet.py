"""What the commands of ``taokit localnet`` answer."""

from __future__ import annotations

from typing import Any, TypedDict

from taokit.chain_client.money import Tao
from taokit.cli.answers.answer import Answer

__all__ = ["ANSWERS"]


class DevAccount(TypedDict):
    """An account that everybody has the key of."""

    name: str
    uri: str
    address: str
    rao: int


class _Process(TypedDict, total=False):
    pid: int


class Started(_Process):
    """A chain that is ready; `pid` with `--detach`."""

    endpoints: list[str]
    spec: str
    genesis_hash: str
    block_time: str
    preset: str
    accounts: list[DevAccount]


class RunningChain(TypedDict):
    """A local chain that is running; `pid` is its process."""

    endpoint: str
    ports: list[int]
    block_time: str
    preset: str
    pid: int


class StoppedChain(TypedDict):
    """A local chain that was running."""

    endpoint: str
    pid: int


class Share(TypedDict):
    """Counts of items: in the recorded runtime, declared here, implemented here."""

    recorded: int
    declared: int
    implemented: int


class Parts(TypedDict, total=False):
    """By part of the runtime."""

    calls: Share
    storage: Share
    events: Share
    errors: Share
    constants: Share
    methods: Share


class CoveredItem(Parts):
    """A pallet or a runtime API."""

    name: str
    in_scope: bool
    complete: bool
    missing: list[str]


class Limit(TypedDict):
    """Where something that is there stops short of the real runtime."""

    name: str
    why: str


class Coverage(TypedDict):
    """What the local chain has of the recorded runtime."""

    runtime: str
    complete: bool
    totals: Parts
    pallets: list[CoveredItem]
    apis: list[CoveredItem]
    limits: list[Limit]


class ChainBlock(TypedDict):
    """A block."""

    number: int
    hash: str


class Funded(TypedDict):
    """An account that was given TAO, in which block."""

    address: str
    added: Tao
    block_hash: str


class Pulses(TypedDict):
    """Rounds of the beacon that the chain took, and those that it had."""

    rounds: list[int]
    known: list[int]


class Snapshot(TypedDict):
    """A moment of the chain; `timestamp` is in milliseconds since 1970."""

    name: str
    number: int
    hash: str
    timestamp: int


class Dumped(TypedDict):
    """The file with the whole chain."""

    path: str
    bytes: int


class Checked(TypedDict):
    """What is wrong with a chain on disk; all blocks up to `sound_until` are well."""

    blocks: int
    sound_until: int
    wrong: list[str]


ANSWERS: dict[str, Any] = {
    "localnet start": Answer(Started, lines=True, note="one line, when clients can connect"),
    "localnet status": list[RunningChain],
    "localnet stop": list[StoppedChain],
    "localnet coverage": Coverage,
    "localnet mine": ChainBlock,
    "localnet fund": Funded,
    "localnet pulses": Pulses,
    "localnet snapshot": Snapshot,
    "localnet snapshots": list[Snapshot],
    "localnet revert": ChainBlock,
    "localnet drop-snapshot": list[str],
    "localnet set-head": ChainBlock,
    "localnet dump": Dumped,
    "localnet check": Checked,
}
