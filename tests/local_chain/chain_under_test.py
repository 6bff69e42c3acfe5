"""A runtime under test, at genesis, and a way to make blocks of calls."""

from __future__ import annotations

from typing import Any

import pytest

from taokit.local_chain.chain_spec import account, localnet
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import ROOT, Origin
from taokit.local_chain.runtime import Runtime

SLOT_MS = {"fast": 250, "mainnet": 12_000}


class Chain:
    """A runtime under test: blocks by hand, calls by name."""

    def __init__(self, preset: str = "fast") -> None:
        self.runtime = Runtime.new(localnet(preset))
        self.runtime.genesis()
        self.runtime.overlay.commit_block()
        self.number = 0
        self.alice = account("//Alice")
        self.bob = account("//Bob")

    def run_block(self, count: int = 1) -> None:
        """Seal `count` empty blocks."""
        for _ in range(count):
            self.begin_block()
            self.end_block()

    def begin_block(self) -> None:
        """Open the next block: `on_initialize` and the inherents have run."""
        self.number += 1
        slot = 1_000_000 + self.number
        log = b"\x06aura\x20" + slot.to_bytes(8, "little")
        parent = self.number.to_bytes(32, "big")
        self.runtime.initialize_block(self.number, parent, [log])
        for inherent in self.runtime.inherents(slot * SLOT_MS[self.runtime.preset]):
            assert self.runtime.apply_extrinsic(inherent).included

    def end_block(self) -> None:
        """Seal the open block."""
        self.runtime.finalize_block()
        self.runtime.overlay.commit_block()

    def call(self, who: bytes | None, pallet: str, name: str, /, **args: Any) -> None:
        """Dispatch a call in the open state, signed by `who` (None: root). Raises DispatchError."""
        found = next(p for p in self.runtime.pallets.values() if p.name == pallet)
        spec = next(spec for spec in found.calls.values() if spec.name == name)
        values = tuple(args.pop(field) for field, _ in spec.fields)
        assert not args, f"{name} takes no {sorted(args)}"
        origin = ROOT if who is None else Origin.signed(who)
        self.runtime.dispatch(Call(type(found), spec, values), origin)

    def refusal(self, who: bytes | None, pallet: str, name: str, /, **args: Any) -> str:
        """The name of the error that a call fails with."""
        with pytest.raises(DispatchError) as caught:
            self.call(who, pallet, name, **args)
        return caught.value.name

    def events(self, name: str) -> list[tuple[Any, ...]]:
        """Values of the events of this name (`Pallet.Event`) in the open or last block."""
        return [
            event.values
            for event in self.runtime.events
            if f"{event.spec.pallet_name}.{event.spec.name}" == name
        ]
