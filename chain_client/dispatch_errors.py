"""From a ``DispatchError`` value to a typed failure with the pallet's own name and text.

Owns that translation, with the metadata's error lists and our remedies. Does not own finding the
error among the events (``extrinsics.receipt``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import DispatchFailed
from taokit.chain_client.remedies import advice_for

if TYPE_CHECKING:
    from taokit.chain_client.metadata import Metadata

__all__ = ["dispatch_failure"]


def dispatch_failure(
    metadata: Metadata,
    error: Any,
    *,
    within: str | None = None,
    extrinsic_hash: str | None = None,
) -> DispatchFailed:
    """The failure that ``error``, a decoded ``sp_runtime::DispatchError``, stands for."""
    pallet, name, index, docs = _identify(metadata, error)
    advice = advice_for(name, pallet)
    return DispatchFailed(
        pallet=pallet,
        name=name,
        index=index,
        docs=docs,
        within=within,
        extrinsic_hash=extrinsic_hash,
        retryable=advice.retryable if advice else False,
        hint=advice.remedy if advice else docs or None,
    )


def _identify(metadata: Metadata, error: Any) -> tuple[str | None, str, int | None, str]:
    if isinstance(error, str):
        return None, error, None, ""
    ((kind, inner),) = error.items()
    if kind != "Module":
        # Token, Arithmetic, Transactional and Trie carry one unit enum more.
        return None, f"{kind}.{inner}" if isinstance(inner, str) else kind, None, ""
    number, index = inner["index"], inner["error"][0]
    for pallet in metadata.pallets.values():
        if pallet.index == number:
            found = pallet.errors.get(index)
            if found is not None:
                return pallet.name, found.name, index, " ".join(found.docs).strip()
            return pallet.name, f"error {index}", index, ""
    return None, f"error {index} of pallet {number}", index, ""
