"""What a neuron commits to: up to three fields, each of them data, a hash, a sealed text or a flag.

Owns the types of the Commitments pallet. Data up to 128 bytes has a variant for each length
(`Raw0` to `Raw128`), so that the length is the variant's index; data up to 512 bytes is `BigRaw`.
Source: Subtensor `pallets/commitments/src/types.rs`.
"""

from __future__ import annotations

from types import new_class
from typing import TYPE_CHECKING, Any, Literal

from taokit.chain_client.scale import (
    BoundedBytesVec,
    BoundedVec,
    Enum,
    FixedBytes,
    Struct,
    Variant,
    u32,
    u64,
)

RAW_LENGTHS = range(129)
_PATH = "pallet_commitments::types::Data"
_DIGEST: Any = FixedBytes[Literal[32]]


def _variant(name: str, index: int, /, **fields: Any) -> Any:
    space = {"__annotations__": fields, "__module__": __name__, "__qualname__": f"Data.{name}"}
    options = {"unnamed": True} if list(fields) == ["value"] else {}
    return new_class(name, (Variant,), {"index": index, **options}, lambda made: made.update(space))


def _variants() -> dict[str, Any]:
    found = {"None": _variant("None", 0)}
    for length in RAW_LENGTHS:
        name = f"Raw{length}"
        found[name] = _variant(name, 1 + length, value=FixedBytes[length])  # type: ignore[valid-type]
    for index, name in enumerate(("BlakeTwo256", "Sha256", "Keccak256", "ShaThree256"), 130):
        found[name] = _variant(name, index, value=_DIGEST)
    found["TimelockEncrypted"] = _variant(
        "TimelockEncrypted", 134, encrypted=BoundedBytesVec[Literal[1_024]], reveal_round=u64
    )
    found["ResetBondsFlag"] = _variant("ResetBondsFlag", 135)
    found["BigRaw"] = _variant("BigRaw", 136, value=BoundedBytesVec[Literal[512]])
    return found


if TYPE_CHECKING:
    Data = Any
else:
    Data = type(Enum)("Data", (Enum,), {"__module__": __name__, **_variants()}, path=_PATH)

NONE, TIMELOCKED, RESET_BONDS, BIG_RAW = "None", "TimelockEncrypted", "ResetBondsFlag", "BigRaw"


def kind(data: Data) -> str:
    """The name of a field's variant."""
    return type(data).__name__


def raw(content: bytes) -> Data:
    """A field that holds bytes: `RawN` up to 128 of them, `BigRaw` beyond."""
    name = f"Raw{len(content)}" if len(content) in RAW_LENGTHS else BIG_RAW
    return getattr(Data, name)(content)


def timelocked(encrypted: bytes, reveal_round: int) -> Data:
    """A field that the chain opens once it has the pulse of the round."""
    return getattr(Data, TIMELOCKED)(encrypted, reveal_round)


def space(data: Data) -> int:
    """The bytes that a field counts for; none and flags count nothing."""
    name = kind(data)
    if name in (NONE, RESET_BONDS):
        return 0
    return len(data.encrypted if name == TIMELOCKED else data.value)


class CommitmentInfo(
    Struct, path="pallet_commitments::types::CommitmentInfo", params={"FieldLimit": None}
):
    """The fields of a commitment."""

    fields: BoundedVec[Data, Literal[3]]


class Registration(
    Struct,
    path="pallet_commitments::types::Registration",
    params={"Balance": u64, "MaxFields": None, "BlockNumber": u32},
):
    """A commitment as it is stored: its deposit in rao, its block, its fields."""

    deposit: u64
    block: u32
    info: CommitmentInfo


class UsageTracker(Struct, path="pallet_commitments::types::UsageTracker"):
    """The bytes that an account has used in an epoch of the subnet."""

    last_epoch: u64
    used_space: u64
