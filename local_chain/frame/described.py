"""Which runtime's metadata is being built: the outer enums list its pallets and no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.frame.pallet import Pallet

_pallets: ContextVar[Sequence[type[Pallet]]] = ContextVar("described_pallets")


@contextmanager
def describing(pallets: Sequence[type[Pallet]]) -> Iterator[None]:
    """Describe the outer enums as these pallets make them."""
    token = _pallets.set(pallets)
    try:
        yield
    finally:
        _pallets.reset(token)


def described() -> Sequence[type[Pallet]]:
    """The pallets of the runtime whose metadata is being built."""
    return _pallets.get()
