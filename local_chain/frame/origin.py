"""Who a call comes from: a signed account, root, or nobody (an inherent)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from taokit.local_chain.frame.errors import BadOrigin

if TYPE_CHECKING:
    from taokit.local_chain.frame.call import Call


@dataclass(frozen=True)
class Origin:
    """The dispatch origin. `who` is the 32-byte account of a signed origin.

    `allows` is a filter that calls from this origin must pass, nested ones included.
    """

    kind: str
    who: bytes | None = None
    allows: Callable[[Call], bool] | None = field(default=None, compare=False)

    @staticmethod
    def signed(who: bytes) -> Origin:
        """The origin of a call signed by `who`."""
        return Origin("Signed", who)

    def within(self, allows: Callable[[Call], bool]) -> Origin:
        """This origin, for calls that pass a filter as well as the one it has."""
        before = self.allows
        if before is None:
            return replace(self, allows=allows)
        return replace(self, allows=lambda call: before(call) and allows(call))

    def speaking_as(self, who: bytes) -> Origin:
        """Another account's origin under this one's filter."""
        return replace(self, who=who)


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
