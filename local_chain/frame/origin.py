"""Who a call comes from: a signed account, root, or nobody (an inherent)."""

from __future__ import annotations

from dataclasses import dataclass

from taokit.local_chain.frame.errors import BadOrigin


@dataclass(frozen=True)
class Origin:
    """The dispatch origin. `who` is the 32-byte account of a signed origin."""

    kind: str
    who: bytes | None = None

    @staticmethod
    def signed(who: bytes) -> Origin:
        """The origin of a call signed by `who`."""
        return Origin("Signed", who)


ROOT = Origin("Root")
NONE = Origin("None")


def ensure_signed(origin: Origin) -> bytes:
    """The signing account; BadOrigin for root and none."""
    if origin.who is None:
        raise BadOrigin
    return origin.who


def ensure_root(origin: Origin) -> None:
    """BadOrigin unless the origin is root."""
    if origin.kind != "Root":
        raise BadOrigin


def ensure_none(origin: Origin) -> None:
    """BadOrigin unless the origin is an inherent's or another unsigned extrinsic's."""
    if origin.kind != "None":
        raise BadOrigin


def ensure_signed_or_root(origin: Origin) -> bytes | None:
    """The signing account, or None for root."""
    if origin.kind == "Root":
        return None
    return ensure_signed(origin)
