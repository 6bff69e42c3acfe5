"""Headers, blocks and inherent data as runtime APIs take and give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from taokit.chain_client.scale import (
    H256,
    Bool,
    BTreeMap,
    Bytes,
    Compact,
    FixedBytes,
    Struct,
    UnitEnum,
    Vec,
    codec,
    u32,
)
from taokit.local_chain.extensions import OpaqueExtrinsic
from taokit.local_chain.frame.types import Digest, DigestItem
from taokit.local_chain.node.header import Header

if TYPE_CHECKING:
    from collections.abc import Sequence


class HeaderType(
    Struct, path="sp_runtime::generic::header::Header", params={"Number": u32, "Hash": None}
):
    """A block header."""

    parent_hash: H256
    number: Compact[u32]
    state_root: H256
    extrinsics_root: H256
    digest: Digest

    def logs(self) -> list[bytes]:
        """The digest, each item as SCALE bytes."""
        return [codec(DigestItem).encode(item) for item in self.digest.logs]

    @classmethod
    def of(cls, header: Header) -> HeaderType:
        """The node's header as this type."""
        return codec(cls).decode(header.encode())


class BlockType(
    Struct,
    path="sp_runtime::generic::block::Block",
    params={"Header": HeaderType, "Extrinsic": OpaqueExtrinsic},
):
    """A header and the extrinsics under it, without their length prefixes."""

    header: HeaderType
    extrinsics: Vec[OpaqueExtrinsic]


class ExtrinsicInclusionMode(UnitEnum, path="sp_runtime::ExtrinsicInclusionMode"):
    """Which extrinsics a block may hold."""

    AllExtrinsics = 0
    OnlyInherents = 1


class InherentData(Struct, path="sp_inherents::InherentData"):
    """What a node brings for inherents, by identifier."""

    data: BTreeMap[FixedBytes[Literal[8]], Bytes]


class CheckInherentsResult(Struct, path="sp_inherents::CheckInherentsResult"):
    """Whether a block's inherents fit what another node brings; the errors by identifier."""

    okay: Bool
    fatal_error: Bool
    errors: InherentData


def extrinsic_bodies(extrinsics: Sequence[bytes]) -> list[bytes]:
    """Whole extrinsics without their length prefixes, as a `BlockType` holds them."""
    return [codec(Bytes).decode(extrinsic) for extrinsic in extrinsics]
