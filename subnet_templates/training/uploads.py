"""Updates that are too large for an answer: left in the miner's bucket, fetched by their hash.

Owns where that is (a commitment on chain), and fetching without trusting it. The update itself, its
hash and its signature still come in the answer, before the deadline: what is fetched later cannot
be another one. An address is a stranger's: it is fetched as artifacts are (``neuron.artifacts``),
from public addresses only, no more than the codec says that an update has, and by its hash.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.neuron.artifacts import FetchRules, fetch
from taokit.neuron.chain import Chain, Commitment
from taokit.neuron.errors import ArtifactError, ConfigError
from taokit.neuron.messages import Hotkey, Reason
from taokit.subnet_templates.training.faults import Fault

if TYPE_CHECKING:
    from taokit.subnet_templates.training.bucket import Bucket
    from taokit.subnet_templates.training.messages import Update

__all__ = ["INLINE", "Uploads", "address_in", "announce", "announcement", "key_of", "whole"]

INLINE = 640 * 1024
"""Bytes of an update that still fit into an answer of a megabyte, in base64."""
_KIND = b"tk1:bucket "
_MOST = 128


@dataclass(frozen=True)
class Uploads:
    """A miner's bucket, and the address that others read it by. What has more than ``inline`` bytes
    goes there; all, if that is 0.
    """

    bucket: Bucket
    url: str
    inline: int = INLINE


def key_of(sha256: str) -> str:
    """Where in a bucket the bytes of a hash are."""
    return f"payloads/{sha256}"


def announcement(url: str) -> bytes:
    """What is committed on chain. Raises ConfigError."""
    told = _KIND + url.rstrip("/").encode()
    if not url.startswith(("http://", "https://")) or len(told) > _MOST:
        raise ConfigError(
            f"{url!r} is no address of a bucket",
            hint=f"http or https, and {_MOST - len(_KIND)} bytes at most",
        )
    return told


def address_in(commitment: bytes) -> str | None:
    """The address that a commitment tells, if it tells one."""
    if not commitment.startswith(_KIND):
        return None
    try:
        return commitment[len(_KIND) :].decode()
    except UnicodeDecodeError:
        return None


async def announce(chain: Chain, url: str) -> bool:
    """Commit to an address, unless that was done; whether it was sent now."""
    told, known = announcement(url), (await chain.commitments()).get(chain.hotkey)
    if known is not None and known.data == told:
        return False
    await chain.commit(told)
    return True


async def whole(
    update: Update,
    committed: Mapping[Hotkey, Commitment],
    *,
    most: int,
    rules: FetchRules | None = None,
) -> Update:
    """An update with its payload, fetched if it is not in it. Raises Fault.

    For what nobody has signed nothing is fetched: it is returned as it is.
    """
    if update.payload or not update.is_signed():
        return update
    known = committed.get(update.hotkey)
    url = address_in(known.data) if known is not None else None
    if url is None:
        raise Fault(Reason.MISSING, "has no payload, and no bucket is committed on chain")
    given = rules or FetchRules(timeout_s=120.0)
    capped = FetchRules(
        max_bytes=most,
        timeout_s=given.timeout_s,
        redirects=given.redirects,
        allow_private=given.allow_private,
    )
    try:
        data = await fetch(f"{url}/{key_of(update.sha256)}", update.sha256, capped)
    except ArtifactError as error:
        raise Fault(Reason.MISSING, f"cannot be fetched: {error}"[:300]) from None
    return update.model_copy(update={"payload": base64.b64encode(data).decode()})
