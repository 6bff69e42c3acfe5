"""What the commands of ``taokit localnet`` answer that change a chain as no other could be."""

from __future__ import annotations

from typing import Any, TypedDict

from taokit.chain_client.money import Alpha, Tao

__all__ = ["ANSWERS"]


class Head(TypedDict):
    """A block."""

    number: int
    hash: str


class There(TypedDict):
    """Where a journey ended; `timestamp` is the next block's, in milliseconds since 1970."""

    timestamp: int


class _Journey(TypedDict, total=False):
    halving: dict[str, Any]
    epoch: dict[str, Any]


class ArrivedAt(Head, There, _Journey):
    """Where a journey ended; `timestamp` is the next block's, in milliseconds since 1970."""


class BlockTime(TypedDict):
    """How blocks are made."""

    block_time: str


class Rate(TypedDict):
    """Seconds of the chain in a second."""

    rate: float


class Blocks(TypedDict):
    """Of how many blocks; null for all to come."""

    blocks: int | None


class Late(TypedDict):
    """How much later the next block comes."""

    seconds: float


class BalanceSet(TypedDict):
    """An account's new free balance."""

    address: str
    balance: Tao
    block_hash: str


class StakeSet(TypedDict):
    """A new stake."""

    hotkey: str
    coldkey: str
    netuid: int
    stake: Tao | Alpha
    block_hash: str


class StorageSet(TypedDict):
    """A storage item that was written."""

    item: str
    block_hash: str


class RateLimits(TypedDict):
    """Whether the chain's rate limits are ignored."""

    ignored: bool


class Finalized(TypedDict):
    """The last final block."""

    finalized: int


class Impersonated(TypedDict):
    impersonated: list[str]
    mock_signatures: bool


class MadeCall(TypedDict):
    """A call made without its key."""

    number: int
    hash: str
    index: int
    extrinsic: str
    error: Any


class RegisteredNeuron(TypedDict):
    """A neuron, and the keys that anybody can make."""

    uid: int
    hotkey: str
    coldkey: str
    hotkey_uri: str
    coldkey_uri: str


class RpcFault(TypedDict):
    """A fault: which requests are answered badly, and how many more; null is all."""

    kind: str
    methods: list[str]
    count: int | None
    seconds: float


class Switches(TypedDict):
    """What of a local chain is not as it would be by itself."""

    block_time: str
    paused: bool
    finality_stalled: bool
    pulses_lost: bool
    rate_limits_ignored: bool
    impersonated: list[str]
    mock_signatures: bool
    faults: list[RpcFault]


class ShippedScenario(TypedDict):
    """A scenario that comes with taokit."""

    name: str
    title: str
    shows: str


class ScenarioText(TypedDict):
    """A scenario, as its file has it."""

    name: str
    toml: str


GroupPlayed = TypedDict(
    "GroupPlayed",
    {
        "neurons": int,
        "incentive": float,
        "dividends": float,
        "stake": float,
        "return": float,
        "emission": float,
        "trust": float,
    },
)
GroupPlayed.__doc__ = """A group after an epoch: shares of the subnet, and alpha that was paid."""


class EpochPlayed(TypedDict):
    """A subnet after an epoch; price, what a block issues and the burn in TAO."""

    subnet: str
    epoch: int
    block: int
    price: float
    issued: float
    neurons: int
    burn: float
    groups: dict[str, GroupPlayed]


class RefusedInPlay(TypedDict):
    """What somebody of the scenario tried and was refused."""

    block: int
    who: str
    what: str
    why: str


class Expected(TypedDict):
    """An expectation, and what came."""

    says: str
    holds: bool
    found: float
    wanted: str


class Played(TypedDict):
    """What came of a scenario."""

    title: str
    figures: list[EpochPlayed]
    refusals: list[RefusedInPlay]
    expected: list[Expected]


ScenarioSchema = TypedDict(
    "ScenarioSchema",
    {
        "$schema": str,
        "title": str,
        "type": str,
        "properties": dict[str, Any],
        "additionalProperties": bool,
        "required": list[str],
    },
)
ScenarioSchema.__doc__ = """With `--schema`: the JSON Schema of scenarios, of draft 2020-12."""


ANSWERS: dict[str, Any] = {
    "localnet travel": ArrivedAt,
    "localnet epoch": ArrivedAt,
    "localnet pause": ArrivedAt,
    "localnet resume": ArrivedAt,
    "localnet block-time": BlockTime,
    "localnet rate": Rate,
    "localnet drop-block": Blocks,
    "localnet delay-block": Late,
    "localnet set balance": BalanceSet,
    "localnet set stake": StakeSet,
    "localnet set storage": StorageSet,
    "localnet impersonate": Impersonated | MadeCall,
    "localnet register": list[RegisteredNeuron],
    "localnet rate-limits": RateLimits,
    "localnet drop-pulses": Blocks,
    "localnet switches": Switches,
    "localnet finality stall": Finalized,
    "localnet finality resume": Finalized,
    "localnet fault": list[RpcFault],
    "localnet scenarios": list[ShippedScenario],
    "localnet scenario": ScenarioText | ScenarioSchema,
    "localnet play": Played,
}
