"""What commands answer that ask the chain, where that is not one read's result."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from taokit.chain_client.json_schema import And
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.prices import Price
from taokit.chain_client.reads.balances import Balance
from taokit.chain_client.reads.crowdloans import Contribution, Crowdloan
from taokit.chain_client.reads.metagraph import Neuron
from taokit.chain_client.reads.multisigs import Proposal
from taokit.chain_client.reads.price_history import PriceHistory
from taokit.chain_client.reads.proxies import Announcement, Proxy
from taokit.chain_client.reads.stake import StakePosition
from taokit.chain_client.reads.subnets import SubnetDetail

__all__ = ["ANSWERS"]


class Proxies(TypedDict):
    """Who may act for an account, and what it announced as a proxy itself."""

    address: str
    proxies: list[Proxy]
    announcements: list[Announcement]


class SavedMultisig(TypedDict):
    """Who signs for an account together; `name` is null where it is not saved."""

    name: str | None
    address: str
    threshold: int
    signatories: list[str]


class ShownMultisig(TypedDict):
    """A multisig on the chain; what is not known of its signatories is null."""

    name: str | None
    address: str
    threshold: int | None
    signatories: list[str] | None
    balance: Balance
    proposals: list[Proposal]


class Removed(TypedDict):
    """The name that was forgotten."""

    removed: str


class ShownSubnet(TypedDict):
    """One subnet; `neurons` is how many there are, with `--neurons` the neurons themselves."""

    neurons: list[Neuron] | int


class MechanismCount(TypedDict):
    """How many incentive mechanisms a subnet has."""

    netuid: int
    count: int


class Order(TypedDict):
    """A limit order; `expiry` is in milliseconds since 1970."""

    order_id: str
    netuid: int
    kind: str
    amount: Tao | Alpha
    price: Price
    hotkey: str
    signer: str
    expiry: int


class PlacedOrder(Order):
    """A limit order that was signed, and its file."""

    file: str


class ListedOrder(Order):
    """A limit order, and what became of it."""

    status: str | None


class ShownCrowdloan(TypedDict, total=False):
    """A crowdloan; with `--show-contributors`, who contributed."""

    contributors: list[Contribution]


class DeclaredRead(TypedDict):
    """A read; `schema` is that of its parameters."""

    name: str
    group: str
    help: str
    schema: dict[str, Any]


class Beacon(TypedDict):
    """The chain's drand beacon."""

    beacon: str
    public_key: str
    seconds_per_round: float
    round_now: int
    last_round: int
    last_round_at: str


class SealedUntil(TypedDict):
    """Text that nobody can read before the round."""

    ciphertext: str
    round: int
    opens_at: str


class OpenedLock(TypedDict):
    """Text whose round has come; `message` is null where it is no text."""

    message: str | None
    message_hex: str
    round: int


ANSWERS: dict[str, Any] = {
    "proxy list": Proxies,
    "multisig create": SavedMultisig,
    "multisig list": list[SavedMultisig],
    "multisig remove": Removed,
    "multisig show": ShownMultisig,
    "subnets show": Annotated[SubnetDetail, And(ShownSubnet)],
    "subnets price": list[PriceHistory],
    "subnets mechanisms count": MechanismCount,
    "stake list": list[StakePosition],
    "order place": PlacedOrder,
    "order list": list[ListedOrder],
    "crowd list": list[Crowdloan],
    "crowd info": Annotated[Crowdloan, And(ShownCrowdloan)],
    "crowd contributors": list[Contribution],
    "query list": list[DeclaredRead],
    "timelock status": Beacon,
    "timelock encrypt": SealedUntil,
    "timelock decrypt": OpenedLock,
}
