"""What the commands of ``taokit wallet`` and ``taokit view`` answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from taokit.chain_client.account_history import AccountHistory
from taokit.chain_client.json_schema import And
from taokit.chain_client.money import Tao
from taokit.chain_client.reads.coldkey_swaps import ColdkeySwap
from taokit.chain_client.reads.identities import ColdkeyIdentity
from taokit.chain_client.reads.neurons_of import OwnNeuron
from taokit.chain_client.reads.stake import StakePosition
from taokit.chain_client.reads.subnets import Subnet

__all__ = ["ANSWERS", "Holdings"]

Scheme = Literal["sr25519", "ed25519"]


class Key(TypedDict):
    """A key file. `address` is null until it is unlocked, `encrypted` if it is only watched."""

    address: str | None
    crypto_type: Scheme | None
    encrypted: bool | None
    problem: str | None


class Hotkey(Key):
    """A hotkey's file."""

    name: str


class ListedWallet(TypedDict):
    """A wallet of the folder."""

    wallet: str
    path: Path
    coldkey: Key | None
    hotkeys: list[Hotkey]


class Signature(TypedDict):
    """What was signed, by whom; `wrapped` is whether the message was inside <Bytes>."""

    signature: str
    address: str
    crypto_type: Scheme
    wrapped: bool


class Verified(TypedDict):
    """Whether the signature is that of the address; if not, the exit status is 1."""

    valid: bool
    address: str


class _SomeKeys(TypedDict, total=False):
    coldkey: dict[str, Any]
    hotkey: dict[str, Any]


class MadeKeys(_SomeKeys):
    """Keys that were made or restored; never a phrase."""

    wallet: str
    path: Path


class NewKeys(MadeKeys):
    """Keys that were made, and where their phrase was written."""

    mnemonic_file: Path | None


class Exported(TypedDict):
    """A key's JSON, in a file."""

    wallet: str
    hotkey: str | None
    path: Path
    address: str


Renamed = TypedDict(
    "Renamed",
    {"kind": Literal["wallet", "hotkey"], "from": str, "to": str, "path": Path},
)


class Deleted(TypedDict):
    """The files that were deleted."""

    deleted: list[Path]


class Remembered(TypedDict):
    """The key whose password is in the keyring."""

    wallet: str
    hotkey: str | None
    path: Path
    remembered: bool


class Forgotten(TypedDict):
    """The key whose password is not in the keyring any more; `forgotten` if it was."""

    wallet: str
    hotkey: str | None
    path: Path
    forgotten: bool


class Sealed(TypedDict):
    """A message that only the recipient can open."""

    recipient: str
    ciphertext: str


class Opened(TypedDict):
    """A message; `message` is null where it is no text."""

    recipient: str
    message: str | None
    message_hex: str


class Holdings(TypedDict):
    """What a coldkey holds; `staked` is what its stake is worth now."""

    wallet: str
    address: str
    free: Tao
    staked: Tao
    total: Tao


class WalletNeuron(TypedDict):
    """A neuron of one of the wallets' hotkeys."""

    wallet: str
    hotkey_name: str


class Overview(TypedDict):
    """What wallets hold and their neurons, all of one block."""

    block: int
    wallets: list[Holdings]
    neurons: list[Annotated[OwnNeuron, And(WalletNeuron)]]


class CheckedSwap(TypedDict):
    """An announced swap of a coldkey; `wait` is in blocks."""

    wait: int
    status: str


class Dashboard(TypedDict):
    """The page of one coldkey, all of one block."""

    block: int
    coldkey: str
    free: Tao
    staked: Tao
    positions: list[StakePosition]
    neurons: list[OwnNeuron]
    subnets: list[Subnet]
    total: Tao


ANSWERS: dict[str, Any] = {
    "wallet list": list[ListedWallet],
    "wallet show": ListedWallet,
    "wallet sign": Signature,
    "wallet verify": Verified,
    "wallet get-identity": ColdkeyIdentity | None,
    "wallet swap-check": list[Annotated[ColdkeySwap, And(CheckedSwap)]],
    "wallet history": AccountHistory,
    "wallet create": NewKeys,
    "wallet new-coldkey": NewKeys,
    "wallet new-hotkey": NewKeys,
    "wallet regen-coldkey": MadeKeys,
    "wallet regen-hotkey": MadeKeys,
    "wallet regen-coldkeypub": MadeKeys,
    "wallet regen-hotkeypub": MadeKeys,
    "wallet encrypt": Sealed,
    "wallet decrypt": Opened,
    "wallet balance": list[Holdings],
    "wallet overview": Overview,
    "wallet export": Exported,
    "wallet rename": Renamed,
    "wallet delete": Deleted,
    "wallet remember": Remembered,
    "wallet forget": Forgotten,
    "view dashboard": Dashboard,
}
