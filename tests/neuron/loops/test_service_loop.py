"""A service's rounds: fresh tasks, nothing lost with a crash, weights once an epoch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from small_service import MINERS, VALIDATOR, Client, Double, Number, chain, validator

from taokit.neuron.errors import ConfigError
from taokit.neuron.loops.service import SALTS, Audit
from taokit.neuron.messages import Reason
from taokit.neuron.randomness import EpochSalt
from taokit.neuron.results import Ok
from taokit.neuron.store import Store


async def test_a_round_asks_every_miner_its_own_fresh_tasks_and_keeps_the_verdicts() -> None:
    on, client = chain(), Client()
    one = validator(on, client, Store(":memory:"))
    verdicts = await one.step()
    await on.advance()
    await one.step()
    assert {verdict.hotkey for verdict in verdicts} == set(MINERS)
    assert len({task for _, task in client.asked}) == 6
    assert [samples.samples for samples in one.book.entries()] == [2, 2, 2]


async def test_tasks_are_the_same_for_the_same_salt_and_block_and_others_otherwise() -> None:
    async def asked(secret: bytes) -> list[tuple[str, int]]:
        client = Client()
        await validator(chain(), client, Store(":memory:"), salts=EpochSalt(secret)).step()
        return client.asked

    assert await asked(b"a" * 32) == await asked(b"a" * 32)
    assert await asked(b"a" * 32) != await asked(b"b" * 32)


async def test_what_buyers_were_answered_is_judged_with_the_rest() -> None:
    one = validator(chain(), Client(), Store(":memory:"))
    wrong = Ok(MINERS[0], Number(n=5), None, 0.01, 0.01)  # type: ignore[arg-type]
    one.audit_queue.put_nowait(Audit(Number(n=2), wrong))
    await one.step()
    assert one.book.reasons(MINERS[0]) == {Reason.OK: 1, Reason.BAD_PROOF: 1}
    assert one.audit_queue.empty()
    assert "BAD_PROOF" in one.metrics.exposition().decode()


async def test_whoever_leaves_is_forgotten_and_comes_back_as_a_stranger() -> None:
    on = chain(max_uids=5)
    one = validator(on, Client(), Store(":memory:"))
    await one.step()
    on.change(VALIDATOR, emission=1.0)
    on.join("5" + "C" * 47)
    gone = next(hotkey for hotkey in MINERS if on.uid_of(hotkey) is None)
    await one.step()
    assert one.book.score(gone) == 0.0
    assert one.book.entry(gone) is None


async def test_weights_are_set_once_an_epoch_just_before_it_ends() -> None:
    on, client = chain(), Client()
    client.silent = {MINERS[2]}
    one = validator(on, client, Store(":memory:"))
    set_at = []
    for _ in range(25):
        await on.advance()
        await one.step()
        last = on.snapshot().by_hotkey[VALIDATOR].last_update
        set_at += [last] if last and last not in set_at else []
    assert set_at == [7, 17]
    held = await on.view(VALIDATOR).weights_of(VALIDATOR)
    assert held == {MINERS[0]: 65_535, MINERS[1]: 65_535}


async def test_rounds_that_outlast_the_end_of_an_epoch_do_not_keep_weights_from_it() -> None:
    on, client = chain(), Client()
    one = validator(on, client, Store(":memory:"))
    asking = client.map

    async def slowly(calls: Any) -> list[Any]:
        await on.advance(6)
        return await asking(calls)

    client.map = slowly  # type: ignore[method-assign]
    set_in = set()
    for _ in range(10):
        await on.advance(1)
        await one.step()
        set_in.add(on.snapshot().by_hotkey[VALIDATOR].last_update // 10)
    assert set_in >= set(range(1, 7))


async def test_all_is_burned_while_nobody_answers() -> None:
    on, client = chain(), Client()
    client.silent = set(MINERS)
    one = validator(on, client, Store(":memory:"))
    await on.advance(8)
    await one.step()
    assert await on.view(VALIDATOR).weights_of(VALIDATOR) == {on.owner: 65_535}


async def test_a_validator_that_is_killed_in_a_round_has_all_earlier_ones(tmp_path: Path) -> None:
    on, client = chain(), Client()
    one = validator(on, client, Store(tmp_path / "state.db"))
    await one.step()
    before = one.book.entries()

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    client.on_call = die
    await on.advance()
    with pytest.raises(Killed):
        await one.step()
    client.on_call = lambda: None
    again = validator(on, client, Store(tmp_path / "state.db"))
    assert again.book.entries() == before
    await again.step()
    assert [entry.samples for entry in again.book.entries()] == [2, 2, 2]


async def test_run_takes_a_turn_every_few_blocks_until_stopped() -> None:
    on, client = chain(), Client()
    one = validator(on, client, Store(":memory:"), tick_blocks=4)
    running = asyncio.create_task(one.run())
    turns = []
    for _ in range(12):
        await on.advance()
        for _ in range(50):
            await asyncio.sleep(0)
        turns.append(len(client.asked) // 3)
    await one.stop()
    await on.advance()
    await asyncio.wait_for(running, 60)
    assert turns == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert on.snapshot().by_hotkey[VALIDATOR].last_update == 7


async def test_salts_are_promised_an_epoch_ahead_and_opened_an_epoch_later() -> None:
    on = chain()
    one = validator(on, Client(), Store(":memory:"), publish_salts=True)
    published = []
    for _ in range(3):
        await one.step()
        published.append((await on.view(VALIDATOR).commitments())[VALIDATOR].data)
        await on.next_epoch()
    assert all(data.startswith(SALTS) and len(data) <= 128 for data in published)
    promised = published[0][len(SALTS) + 8 :][:32]
    opened = published[2][len(SALTS) + 40 :]
    assert EpochSalt.matches(promised.hex(), opened)
    assert not EpochSalt.matches(promised.hex(), published[1][len(SALTS) + 40 :])


async def test_a_mechanism_that_does_not_say_what_it_measures_is_refused() -> None:
    class Mute(Double):
        measures = ""

    with pytest.raises(ConfigError, match="Mute does not say its measures"):
        Mute().check()
