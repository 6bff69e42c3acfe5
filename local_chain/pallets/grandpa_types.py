"""The value types of Grandpa: authorities, changes of them, and proofs of equivocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    H256,
    Bytes,
    Codec,
    Enum,
    FixedBytes,
    NewType,
    Option,
    Struct,
    Variant,
    WeakBoundedVec,
    u32,
    u64,
)

if TYPE_CHECKING:
    from taokit.chain_client.metadata import RegistryBuilder, TypeDescription

_CONSENSUS = "sp_consensus_grandpa::"
Key = FixedBytes[Literal[32]]
GrandpaId = Annotated[bytes, NewType("Public", Key, path=_CONSENSUS + "app::Public")]
GrandpaSignature = Annotated[
    bytes, NewType("Signature", FixedBytes[Literal[64]], path=_CONSENSUS + "app::Signature")
]
OpaqueValue = Annotated[bytes, NewType("OpaqueValue", Bytes, path="sp_runtime::OpaqueValue")]


class StoredState(Enum, path="pallet_grandpa::StoredState"):
    """Whether finality runs."""

    class Live(Variant, index=0):
        pass

    class PendingPause(Variant, index=1):
        scheduled_at: u32
        delay: u32

    class Paused(Variant, index=2):
        pass

    class PendingResume(Variant, index=3):
        scheduled_at: u32
        delay: u32


class StoredPendingChange(
    Struct, path="pallet_grandpa::StoredPendingChange", params={"N": u32, "Limit": None}
):
    """A change of authorities: since when it is known, and how many blocks later it holds.

    `forced` is the block to go on from, for a change that the old authorities do not sign.
    """

    scheduled_at: u32
    delay: u32
    next_authorities: WeakBoundedVec[tuple[GrandpaId, u64]]
    forced: Option[u32]


class Prevote(Struct, path="finality_grandpa::Prevote", params={"H": H256, "N": u32}):
    """A vote in the first round of voting."""

    target_hash: H256
    target_number: u32


class Precommit(Struct, path="finality_grandpa::Precommit", params={"H": H256, "N": u32}):
    """A vote in the second round of voting."""

    target_hash: H256
    target_number: u32


class PrevoteEquivocation(
    Struct,
    path="finality_grandpa::Equivocation",
    params={"Id": GrandpaId, "V": Prevote, "S": GrandpaSignature},
):
    """Two prevotes of one voter in one round."""

    round_number: u64
    identity: GrandpaId
    first: tuple[Prevote, GrandpaSignature]
    second: tuple[Prevote, GrandpaSignature]


class PrecommitEquivocation(
    Struct,
    path="finality_grandpa::Equivocation",
    params={"Id": GrandpaId, "V": Precommit, "S": GrandpaSignature},
):
    """Two precommits of one voter in one round."""

    round_number: u64
    identity: GrandpaId
    first: tuple[Precommit, GrandpaSignature]
    second: tuple[Precommit, GrandpaSignature]


class Equivocation(Enum, path=_CONSENSUS + "Equivocation", params={"H": H256, "N": u32}):
    """Two votes of one voter in one round."""

    class Prevote(Variant, index=0, unnamed=True):
        value: PrevoteEquivocation

    class Precommit(Variant, index=1, unnamed=True):
        value: PrecommitEquivocation


class EquivocationProof(
    Struct, path=_CONSENSUS + "EquivocationProof", params={"H": H256, "N": u32}
):
    """An equivocation, and the set of authorities that it happened in."""

    set_id: u64
    equivocation: Equivocation


class VoidCodec(Codec[Any]):
    """An enum without variants: no value of it can be written, none can be read."""

    name = "Void"

    def read(self, data: bytes, offset: int) -> tuple[Any, int]:
        raise DecodeError(type=self.name, offset=offset, what="no value is of this type")

    def write(self, value: Any, out: bytearray) -> None:
        raise TypeError("no value is of the type Void")

    def default(self) -> Any:
        raise TypeError("Void has no default")

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """A variant type without variants."""
        return builder.variant(path="sp_core::Void", params={}, variants=[])


if TYPE_CHECKING:
    Void = Any
else:
    Void = VoidCodec()
