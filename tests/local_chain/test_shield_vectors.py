"""The queue of encrypted calls and its settings, as the runtime's own tests have them.

Runtime 424 has no decryptor; like the runtime's own tests, these store a call's plain encoding.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from chain_under_test import Chain
from scripted_steps import Scenario, resolved
from vector_files import load

from taokit.chain_client.errors import DecodeError
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.weight import Weight

VECTORS = load("shield")


class Queue(Scenario):
    """The steps, with calls that are stored and run."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain, "MevShield")
        self.shield = chain.runtime.mev_shield

    def _store(self, who: str, stored: Any) -> None:
        self._call(who, "store_encrypted", {"encrypted_call": {"hex": _plain(stored).hex()}})

    def _holds(self, index: int, stored: Any) -> None:
        found = self.shield.pending_extrinsics.get(index)
        assert found is not None
        assert found.encrypted_call == _plain(stored)

    def _moved(self, index: int, to: int) -> None:
        found = self.shield.pending_extrinsics.get(index)
        assert found is not None
        self.shield.pending_extrinsics.remove(index)
        self.shield.pending_extrinsics.insert(to, found)

    def _runs(self, block: int) -> None:
        self._block(block)
        self.chain.runtime.events.clear()
        self.shield.on_initialize(block)

    def _told(self, *expected: list[Any]) -> None:
        events = [e for e in self.chain.runtime.events if e.spec.name.startswith("Extrinsic")]
        assert [[e.spec.name, e.values[0]] for e in events] == [*expected]

    def _because(self, error: str) -> None:
        ((_, failure),) = self.chain.events("MevShield.ExtrinsicDispatchFailed")
        assert failure.name == error

    def _remarked(self, who: str, remark: Any) -> None:
        hashed = hashlib.blake2b(resolved(remark), digest_size=32).digest()
        assert (resolved(who), hashed) in self.chain.events("System.Remarked")


def _plain(stored: Any) -> bytes:
    made = resolved(stored)
    return RuntimeCallCodec.shared.encode(made) if isinstance(made, Call) else made


def _decrypt(raw: bytes) -> Call | None:
    try:
        return RuntimeCallCodec.shared.decode(raw)
    except DecodeError:
        return None


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_the_queue_does_what_the_runtimes_tests_expect(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, vector: Any
) -> None:
    # without the weight of the guards: a stored call may have no proof, and theirs is some
    monkeypatch.setattr(RuntimeCallCodec.shared, "added_weight", lambda call: Weight())
    monkeypatch.setattr(chain.runtime.mev_shield, "decrypt", _decrypt)
    chain.begin_block()
    chain.runtime.events.clear()
    Queue(chain).run(vector["steps"])
