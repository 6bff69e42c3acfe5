"""Reads about what the owners of coldkeys say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.parameters import Arg, Coldkey
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.values import text

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["ColdkeyIdentity", "identity"]


@dataclass(frozen=True, slots=True)
class ColdkeyIdentity:
    """What a coldkey's owner says of itself; nobody checks it."""

    coldkey: str
    name: str
    url: str
    github_repo: str
    image: str
    discord: str
    description: str
    additional: str


@read("identity", group="accounts")
async def identity(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose identity.")]
) -> ColdkeyIdentity | None:
    """What a coldkey's owner says of itself; nothing if it has set no identity."""
    found = await chain.query("SubtensorModule", "IdentitiesV2", coldkey)
    if found is None:
        return None
    fields = ("name", "url", "github_repo", "image", "discord", "description", "additional")
    return ColdkeyIdentity(str(coldkey), *(text(found[field]) for field in fields))
