"""Batches and calls as others, as the runtime's own tests have them (`pallets/utility`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from calls import made, to
from chain_under_test import Chain
from scripted_steps import Scenario, resolved
from vector_files import load

from taokit.local_chain.frame.call import RuntimeCallCodec
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import NONE
from taokit.local_chain.frame.raw_origin import OriginCaller, RawOrigin
from taokit.local_chain.frame.types import WeightType

VECTORS = load("utility")


class Batches(Scenario):
    """The steps, with calls within calls, origins, and how events tell errors."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain, "Utility")
        self.accounts: dict[str, bytes] = {}

    def run(self, steps: Sequence[Sequence[Any]]) -> None:
        for step in steps:
            super().run([[step[0], *map(self.meant, step[1:])]])

    def meant(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.accounts.get(value, value)
        if isinstance(value, list):
            return [self.meant(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "to" in value:
            return to(resolved(self.meant(value["to"])))
        if "make" in value:
            pallet, name, *args = value["make"]
            return made(pallet, name, *resolved(self.meant(args)))
        if "signed" in value:
            return OriginCaller.system(RawOrigin.Signed(resolved(value["signed"])))
        if "weight" in value and isinstance(value["weight"], list):
            return WeightType(*value["weight"])
        return {name: self.meant(one) for name, one in value.items()}

    def _derive(self, who: str, index: int, name: str) -> None:
        seed = b"modlpy/utilisuba" + resolved(who) + index.to_bytes(2, "little")
        self.accounts[name] = hashlib.blake2b(seed, digest_size=32).digest()

    def _last(self, name: str, values: list[Any]) -> None:
        event = self.chain.runtime.events[-1]
        assert (event.spec.name, list(event.values)) == (name, values)

    def _failed_in(self, name: str, index: int | None, error: str) -> None:
        values = list(self.chain.events(f"Utility.{name}")[-1])
        assert values[:-1] == ([] if index is None else [index])
        assert values[-1].name == error

    def _dispatched(self, error: str | None) -> None:
        ((outcome,),) = self.chain.events("Utility.DispatchedAs")[-1:]
        assert ("Ok" in type(outcome).__name__) == (error is None), outcome
        assert error is None or error in repr(outcome), outcome

    def _raw(self, name: dict[str, str], value: dict[str, str]) -> None:
        assert self.chain.runtime.overlay.get_raw(resolved(name)) == resolved(value)

    def _many_remarks(self, kind: str, count: int, error: str) -> None:
        args = {"calls": [made("System", "remark", b"")] * count}
        assert self.chain.refusal(self.chain.alice, "Utility", kind, **args) == error

    def _none_refused(self, kind: str) -> None:
        with pytest.raises(DispatchError) as caught:
            self.chain.runtime.dispatch(made("Utility", kind, []), NONE)
        assert caught.value.name == "BadOrigin"

    def _weighs(self, call: Any, ref_time: int, proof_size: int) -> None:
        own = call.weight.less(RuntimeCallCodec.shared.added_weight(call))  # of the guards
        assert (own.ref_time, own.proof_size) == (ref_time, proof_size)


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_batches_do_what_the_runtimes_tests_expect(chain: Chain, vector: Any) -> None:
    chain.begin_block()
    chain.runtime.events.clear()
    Batches(chain).run(vector["steps"])
