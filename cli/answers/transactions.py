"""What commands answer that send something, and those about written transactions."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, TypedDict

from taokit.chain_client.calls import Call
from taokit.chain_client.extrinsics.receipt import Receipt
from taokit.chain_client.json_schema import And
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect
from taokit.cli.answers.answer import Answer
from taokit.local_chain.insight.tracing import TracedCall
from taokit.local_chain.insight.typed import Change, Event
from taokit.wallet.errors import TaokitError

__all__ = ["ANSWERS", "TRANSACTION"]


class Included(TypedDict):
    """It is in a block: the usual answer. A call that failed there is an error instead."""

    summary: str


class Sent(TypedDict):
    """With `--wait none`: the pool has accepted it."""

    summary: str
    extrinsic_hash: str
    block: None


class DryRun(TypedDict):
    """With `--dry-run`: nothing was signed or sent."""

    dry_run: Literal[True]
    summary: str
    network: str
    signer: str
    call: Call
    effects: list[Effect]
    warnings: list[str]
    fee: Tao | None
    tip: Tao
    period: int | None
    problem: TaokitError | None


class Simulated(TypedDict):
    """With `--simulate`: it was run on a layer that was thrown away. Nothing was signed or sent."""

    simulated: Literal[True]
    summary: str
    signer: str
    succeeded: bool
    block: int
    call: TracedCall | None
    invalid: dict[str, Any] | None
    error: dict[str, Any] | None
    fee: int
    fee_in_alpha: dict[str, int] | None
    tip: int
    weight: int
    changes: list[Change]
    events: list[Event]


class Written(TypedDict):
    """With `--sign-only FILE`: it is in the file."""

    summary: str | None
    file: str
    signed: bool
    signer: str
    nonce: int
    last_block: int | None
    extrinsic_hash: str | None


class ShownTransaction(TypedDict):
    """A written transaction, read with the metadata that it was made with."""

    network: str
    text: str
    extrinsic_hash: str | None
    call_shown: str
    format: str
    version: int
    genesis_hash: str
    spec_name: str
    spec_version: int
    transaction_version: int
    signer: str
    call: str
    nonce: int
    tip: str
    period: int | None
    birth_block: int
    birth_hash: str
    metadata_hash: str
    extrinsic: str | None


class WrittenMetadata(TypedDict):
    """The chain's metadata, in a file."""

    file: str
    spec_version: int
    metadata_hash: str


class DeclaredOperation(TypedDict):
    """An operation; `schema` is that of `--json-args`."""

    name: str
    signer: str
    danger: str
    help: str
    description: str
    schema: dict[str, Any]


class DeclaredCall(TypedDict):
    """A call of the runtime."""

    name: str
    arguments: list[str]
    help: str


class ChildTake(TypedDict):
    """What a hotkey keeps as a child in a subnet; the answer without `--take`."""

    netuid: int
    take: Fraction


_InBlock = Annotated[Receipt, And(Included)]

TRANSACTION = Answer(_InBlock | Sent | DryRun | Simulated | Written)

ANSWERS: dict[str, Any] = {
    "stake child take": _InBlock | Sent | DryRun | Simulated | Written | list[ChildTake],
    "stake wizard": TRANSACTION,
    "tx show": ShownTransaction,
    "tx sign": Written,
    "tx submit": _InBlock | Sent,
    "tx metadata": WrittenMetadata,
    "tx list": list[DeclaredOperation],
    "call list": list[DeclaredCall],
}
