"""Weights that arrive: once an epoch, revealed also after a restart, and in doubt not sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from subnet_on_chain import subnet_on_chain

from taokit.chain_client.errors import ConnectionLost
from taokit.neuron.chain import Remember, WeightsReceipt
from taokit.neuron.errors import WeightsError, WeightsNotLanded
from taokit.neuron.memory_chain import MemoryChain, address_of
from taokit.neuron.memory_view import MemoryView
from taokit.neuron.store import CommitLog, Store
from taokit.neuron.weights import WeightSetter
from taokit.wallet import Keypair

V, M1, M2 = (address_of(name) for name in (b"v", b"m1", b"m2"))
ALL = 65_535


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state.sqlite", durable=False)


async def a_chain(**options: Any) -> MemoryChain:
    chain = MemoryChain(**options)
    chain.join(V, 100.0, "validator")
    chain.join(M1)
    chain.join(M2)
    await chain.advance()
    return chain


async def test_weights_are_sent_once_in_an_epoch(store: Store) -> None:
    chain = await a_chain()
    setter = WeightSetter(chain.view(V), store)
    assert (await setter.submit({M1: 1.0})).raise_for_failure().state == "set"
    await chain.advance(3)
    again = await setter.submit({M2: 1.0})
    assert (again.state, again.ok) == ("waiting", True)
    assert await setter.age() == 3
    # Nor by another process that goes on from the same store.
    assert (await WeightSetter(chain.view(V), store).submit({M2: 1.0})).state == "waiting"
    await chain.next_epoch()
    assert (await setter.submit({M2: 1.0})).state == "set"
    assert await chain.view(V).weights_of(V) == {M2: ALL}


async def test_several_epochs_can_lie_between_and_the_chains_limit_holds(store: Store) -> None:
    chain = await a_chain(weights_rate_limit=15)
    setter = WeightSetter(chain.view(V), store, every_epochs=2)
    await chain.advance(15)
    assert (await setter.submit({M1: 1.0})).state == "set"
    await chain.next_epoch()
    assert "epoch" in (await setter.submit({M1: 1.0})).detail
    await chain.next_epoch()
    assert "takes weights again in 1 blocks" in (await setter.submit({M1: 1.0})).detail
    await chain.advance()
    assert (await setter.submit({M1: 1.0})).state == "set"


async def test_what_was_not_earned_goes_to_the_owner(store: Store) -> None:
    chain = await a_chain()
    view, owner = chain.view(V), chain.owner
    snapshot = chain.snapshot()
    setter = WeightSetter(view, store, burn=0.25)
    assert setter.shares({M1: 3.0, M2: 1.0}, snapshot) == pytest.approx(
        {M1: 0.5625, M2: 0.1875, owner: 0.25}
    )
    assert setter.shares({}, snapshot) == {owner: 1.0}
    assert WeightSetter(view, store).shares({M1: 0.0}, snapshot)[owner] == 1.0
    assert WeightSetter(view, store).shares({M1: 2.0, V: 9.0, "gone": 9.0}, snapshot) == {M1: 1.0}
    assert (await setter.submit({})).state == "set"
    assert await view.weights_of(V) == {owner: ALL}
    with pytest.raises(ValueError):
        WeightSetter(view, store, burn=1.5)


@pytest.mark.parametrize(
    "weights", [None, {M1: math.nan}, {M1: 1.0, M2: -1.0}, {M1: math.inf}, {"gone": 1.0}]
)
async def test_in_doubt_the_old_weights_stay(
    store: Store, weights: Mapping[str, float] | None
) -> None:
    chain = await a_chain()
    setter = WeightSetter(chain.view(V), store)
    await setter.submit({M1: 1.0})
    await chain.next_epoch()
    outcome = await setter.submit(weights)
    assert (outcome.state, outcome.ok) == ("unchanged", False)
    assert outcome.detail
    assert await chain.view(V).weights_of(V) == {M1: ALL}


async def test_who_may_not_set_weights_sends_none(store: Store) -> None:
    chain = await a_chain()
    assert "permit" in (await WeightSetter(chain.view(M1), store).submit({M2: 1.0})).detail
    stranger = WeightSetter(chain.view(address_of(b"stranger")), store)
    assert "not registered" in (await stranger.submit({M2: 1.0})).detail
    assert await stranger.age() is None


async def test_timelocked_weights_are_found_once_the_chain_has_opened_them(store: Store) -> None:
    chain = await a_chain(commit_reveal=True)
    setter = WeightSetter(chain.view(V), store)
    assert (await setter.submit({M1: 1.0})).state == "committed"
    assert await setter.resume() == ()
    await chain.next_epoch()
    (outcome,) = await setter.resume()
    assert outcome.state == "set"
    assert await setter.resume() == ()
    # The same weights again are committed again, and not taken for landed before their time.
    assert (await setter.submit({M1: 1.0})).state == "committed"
    assert await setter.resume() == ()


async def test_a_hash_is_revealed_in_its_epoch_by_another_process(store: Store) -> None:
    chain = await a_chain(commit_reveal=True, commit_reveal_version=3)
    assert (await WeightSetter(chain.view(V), store).submit({M1: 1.0})).state == "committed"
    await chain.next_epoch()
    after_restart = WeightSetter(chain.view(V), store)
    (outcome,) = await after_restart.resume()
    assert outcome.state == "set"
    assert await chain.view(V).weights_of(V) == {M1: ALL}
    assert (await after_restart.submit({M2: 1.0})).state == "committed"


async def test_a_hash_that_missed_its_epoch_is_lost_and_said_to_be(store: Store) -> None:
    chain = await a_chain(commit_reveal=True, commit_reveal_version=3)
    setter = WeightSetter(chain.view(V), store)
    await setter.submit({M1: 1.0})
    await chain.next_epoch()
    await chain.next_epoch()
    (outcome,) = await setter.resume()
    assert outcome.state == "lost"
    with pytest.raises(WeightsNotLanded):
        outcome.raise_for_failure()
    assert (await setter.submit({M1: 1.0})).state == "committed"


class CrashesAround(MemoryView):
    """A view that breaks off when it sends: before it is on chain, or after."""

    sends_first = True

    async def set_weights(
        self,
        weights: Mapping[str, float],
        *,
        mechanism: int = 0,
        remember: Remember | None = None,
    ) -> WeightsReceipt:
        assert remember is not None
        if self.sends_first:
            await super().set_weights(weights, mechanism=mechanism, remember=remember)
        else:
            remember(WeightsReceipt("hash", self._chain.number, (1,), (ALL,), commit_hash="00"))
        raise ConnectionLost(url="ws://nowhere", reason="cut")


async def test_a_commit_of_which_the_answer_was_lost_is_taken_over(store: Store) -> None:
    chain = await a_chain(commit_reveal=True, commit_reveal_version=3)
    broken = WeightSetter(CrashesAround(chain, V), store)
    outcome = await broken.submit({M1: 1.0})
    assert outcome.state == "failed"
    with pytest.raises(WeightsError):
        outcome.raise_for_failure()
    (kept,) = CommitLog(store, V, chain.netuid).open()
    assert (kept.state, kept.receipt.salt) != ("sent", ())
    setter = WeightSetter(chain.view(V), store)
    assert (await setter.submit({M2: 1.0})).state == "waiting"
    await chain.next_epoch()
    (found,) = await setter.resume()
    assert found.state == "set"
    assert await chain.view(V).weights_of(V) == {M1: ALL}


async def test_what_never_arrived_is_given_up_when_it_cannot_any_more(store: Store) -> None:
    chain = await a_chain(commit_reveal=True, commit_reveal_version=3, tempo=1_000)
    view = CrashesAround(chain, V)
    view.sends_first = False
    await WeightSetter(view, store).submit({M1: 1.0})
    setter = WeightSetter(chain.view(V), store)
    await chain.advance(63)
    assert await setter.resume() == ()
    await chain.advance(1)
    (outcome,) = await setter.resume()
    assert outcome.state == "lost"
    assert (await setter.submit({M1: 1.0})).state == "committed"


async def test_a_place_that_changed_hands_is_no_sign_of_loss(store: Store) -> None:
    chain = await a_chain(commit_reveal=True, max_uids=4)
    setter = WeightSetter(chain.view(V), store)
    await setter.submit({M1: 1.0, M2: 1.0})
    chain.change(V, emission=1.0)
    chain.join(address_of(b"newcomer"))
    await chain.next_epoch()
    (outcome,) = await setter.resume()
    assert outcome.state == "set"


async def test_a_real_chain_reveals_and_is_found_to_hold_them(store: Store) -> None:
    """By hash, then timelocked, then in the open, on one local chain."""
    keys = [Keypair.from_uri(f"//setter//{name}") for name in "vab"]
    async with subnet_on_chain(commit_reveal=True, tempo=30) as subnet:
        await subnet.register(keys)
        await subnet.stake(keys[0], 100)
        await subnet.sudo("sudo_set_commit_reveal_version", version=3)
        await subnet.next_epoch()
        view = subnet.view(keys[0])
        setter = WeightSetter(view, store)
        a, b = keys[1].ss58_address, keys[2].ss58_address

        assert (await setter.submit({a: 1.0})).state == "committed"
        assert (await setter.submit({b: 1.0})).state == "waiting"
        await subnet.next_epoch()
        (outcome,) = await WeightSetter(view, store).resume()
        assert (outcome.state, outcome.receipt and outcome.receipt.scheme) == ("set", "hash")

        await subnet.sudo("sudo_set_commit_reveal_version", version=4)
        assert (await setter.submit({b: 1.0})).state == "committed"
        assert await setter.resume() == ()
        await subnet.next_epoch()
        subnet.seal(20)
        (outcome,) = await setter.resume()
        assert (outcome.state, outcome.receipt and outcome.receipt.scheme) == ("set", "timelocked")
        assert await view.weights_of(view.hotkey) == {b: ALL}

        name, args = "sudo_set_commit_reveal_weights_enabled", {"enabled": False}
        await subnet.sudo(name, netuid=view.netuid, **args)
        assert (await setter.submit({})).state == "set"
        assert await view.weights_of(view.hotkey) == {subnet.owner.ss58_address: ALL}
        assert await setter.age() in (0, 1)
