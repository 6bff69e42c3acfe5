"""Commitments as the runtime's own tests have them (`pallets/commitments/src/tests.rs`).

They hold signatures of two rounds of the public beacon, for which texts are sealed here. Where
their mock takes more fields than the runtime's three, the vectors take two commitments.
"""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import add_neuron, add_subnet, key
from scripted_steps import Scenario, matches, resolved
from vector_files import load

from taokit.chain_client import timelock
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.commitment_types import (
    CommitmentInfo,
    Registration,
    kind,
    raw,
    timelocked,
)
from taokit.local_chain.pallets.drand_types import Pulse

VECTORS = load("commitments")
SIGNATURES = {
    number: bytes.fromhex(text)
    for number, text in {
        1_000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
        "e342b73a8dd2bacbe47e4b6b63ed5e39",
        2_000: "b6cb8f482a0b15d45936a4c4ea08e98a087e71787caee3f4d07a8a9843b1bc54"
        "23c6b3c22f446488b3137eaca799c77e",
    }.items()
}


def field(said: dict[str, Any]) -> Any:
    """A field of a commitment as the file has it."""
    if "raw" in said:
        return raw(said["raw"].encode())
    if "zeros" in said:
        return raw(bytes(said["zeros"]))
    sealed = bytearray(timelock.seal(said["sealed"].encode(), said["round"]))
    if "first byte" in said:
        sealed[0] = said["first byte"]
    if "flip first byte" in said:
        sealed[0] ^= 0xFF
    return timelocked(bytes(sealed), said["round"])


class Commitments(Scenario):
    """The steps, with fields, pulses and what is revealed."""

    @property
    def kept(self) -> Any:
        return self.chain.runtime.commitments

    def _commit(self, who: str, netuid: int, fields: list[Any]) -> None:
        info = CommitmentInfo([field(one) for one in fields])
        self.chain.call(resolved(who), "Commitments", "set_commitment", netuid=netuid, info=info)

    def _commit_fails(self, who: str, netuid: int, fields: list[Any], error: str) -> None:
        with pytest.raises(DispatchError) as caught:
            self._commit(who, netuid, fields)
        assert caught.value.name == error

    def _pulse(self, number: int) -> None:
        self._bad_pulse(number, SIGNATURES[number].hex())

    def _bad_pulse(self, number: int, signature: str) -> None:
        pulse = Pulse(number, bytes(32), bytes.fromhex(signature))
        self.chain.runtime.drand.pulses.insert(number, pulse)

    def _reveal(self) -> None:
        self.kept.on_initialize(self.chain.runtime.system.block_number())

    def _revealed(self, who: str, netuid: int, expected: list[Any]) -> None:
        found = self.kept.revealed_commitments.get((netuid, resolved(who)))
        assert [[text.decode(), block] for text, block in found] == expected

    def _revealed_now(self, who: str, netuid: int, text: str) -> None:
        self._revealed(who, netuid, [[text, self.chain.runtime.system.block_number()]])

    def _revealed_count(self, who: str, netuid: int, expected: int) -> None:
        found = self.kept.revealed_commitments.get((netuid, resolved(who)))
        assert len(found) == expected

    def _index(self, expected: list[Any]) -> None:
        assert matches([list(one) for one in self.kept.timelocked_index.get()], expected)

    def _of(self, who: str, netuid: int) -> list[Any]:
        return list(self.kept.commitment_of.get((netuid, resolved(who))).info.fields)

    def _fields(self, who: str, netuid: int, expected: list[Any]) -> None:
        assert self._of(who, netuid) == [field(one) for one in expected]

    def _field_count(self, who: str, netuid: int, expected: int) -> None:
        assert len(self._of(who, netuid)) == expected

    def _sealed_until(self, who: str, netuid: int, expected: int) -> None:
        (left,) = self._of(who, netuid)
        assert (kind(left), left.reveal_round) == ("TimelockEncrypted", expected)

    def _epoch(self, netuid: int, index: int) -> None:
        self.chain.runtime.subtensor.subnet_epoch_index.insert(netuid, index)

    def _owed_deposit(self, who: str, netuid: int, deposit: int) -> None:
        registration = Registration(deposit, 0, CommitmentInfo([]))
        self.kept.commitment_of.insert((netuid, resolved(who)), registration)

    def _publish(self, who: str, netuid: int, text: str, block: int) -> None:
        self.kept.revealed_commitments.insert((netuid, resolved(who)), [(text.encode(), block)])

    def _purge(self, netuid: int) -> None:
        self.kept.purge(netuid)


@pytest.fixture
def subnets(chain: Chain) -> Chain:
    """Two subnets with three neurons each, in the open block 1."""
    chain.begin_block()
    for netuid in (1, 2):
        add_subnet(chain, netuid, tempo=0)
        for number in (1, 2, 3):
            add_neuron(chain, netuid, key(number), key(100 + number))
    return chain


@pytest.mark.parametrize("vector", VECTORS, ids=[v["source"] for v in VECTORS])
def test_commitments_do_what_the_runtimes_tests_expect(subnets: Chain, vector: Any) -> None:
    Commitments(subnets, "Commitments").run(vector["steps"])


def test_a_block_that_reveals_weighs_what_it_reads_and_writes(subnets: Chain) -> None:
    """reveal_timelocked_commitments: reads and writes as it counts them."""
    scenario = Commitments(subnets, "Commitments")

    def weighed(*steps: list[Any]) -> Any:
        scenario.run(steps)
        return subnets.runtime.commitments.on_initialize(5)

    sealed = [{"sealed": "a", "round": 1_000}, {"sealed": "b", "round": 2_000}]
    assert weighed() == weight(0, reads=1)
    assert weighed(["commit", "#1", 1, sealed]) == weight(0, reads=1 + 1 + 2)
    # One text is published, the other field stays: two reads and a write for each.
    assert weighed(["pulse", 1_000]) == weight(0, reads=1 + 1 + 2 + 1, writes=1 + 1)
    # The last one takes the commitment and its place in the index along.
    assert weighed(["pulse", 2_000]) == weight(0, reads=1 + 1 + 1 + 1 + 1, writes=1 + 1 + 1)
    assert weighed() == weight(0, reads=1)
