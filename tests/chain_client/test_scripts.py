"""Scripts: what they wait for, how often they act, what holds them back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from script_world import ALICE, BOB, Fault, MortalTransport, World, world

from taokit.chain_client import Alpha, Call, Tao
from taokit.chain_client.automation import example, examples, read_script, script_schema
from taokit.chain_client.automation.events import EVENTS, event_schema
from taokit.chain_client.automation.reading import LIMITS, STEP_KEYS
from taokit.chain_client.automation.reading_conditions import COMPARISONS
from taokit.chain_client.automation.script import Rebalance, Target
from taokit.chain_client.automation.targets import Position, moves_for, shares_of
from taokit.chain_client.errors import (
    AlreadyRunning,
    ConnectionLost,
    InvalidScript,
    JournalError,
    LimitReached,
    StepFailed,
)
from taokit.chain_client.prices import Price

STEP = "name: s\nsteps:\n  - id: buy\n    do: stake.add\n    with: {netuid: 1, amount: 0.5}\n"


async def _known(here: World) -> None:
    """Bob is a hotkey that the chain knows."""
    await here.sign_and_send(
        Call("SubtensorModule", "try_associate_hotkey", {"hotkey": BOB.ss58_address})
    )


async def _count(here: World) -> int:
    return len(await here.stakings(BOB.ss58_address))


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{price: {netuid: 1, below: 0.5}}", "not below 0.500000000 TAO/alpha"),
        ("{price: {netuid: 1, above: 0.5}}", None),
        ("{balance: {above: 2000000}}", "not above τ2000000.000000000"),
        ("{balance: {at_least: 1}}", None),
        ("{stake: {netuid: 1, above: 1}}", "not above α1.000000000 (subnet 1)"),
        ("{stake: {netuid: 1, equals: 0}}", None),
        ("{block: {after: 500}}", "block 500 has not come"),
        ("{block: {before: 1}}", "block 1 has passed"),
        ("{time: {after: 2000-01-01}}", None),
        ("{time: {after: 2200-01-01T00:00:00Z}}", "2200-01-01T00:00:00Z has not come"),
        ("{read: subnet, with: {netuid: 1}, field: subnet.tempo, above: 100000}", "not above"),
        ("{read: subnet, with: {netuid: 1}, field: started, equals: true}", None),
        ("{read: stake, with: {coldkey: '${coldkey}'}, field: length, equals: 0}", None),
        ("{read: stake, field: 0.stake, above: 1}", "is not there"),
        ("{any: [{block: {after: 500}}, {balance: {above: 1}}]}", None),
        ("{not: {balance: {above: 1}}}", "what must not hold does"),
        ("[{balance: {above: 1}}, {block: {after: 500}}]", "block 500 has not come"),
    ],
)
async def test_a_step_is_done_when_its_conditions_hold(when, reason, tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        done = await here.apply(here.script(f"{STEP}    when: {when}\n"))
        assert done == (reason is None)
        assert await _count(here) == (reason is None)
        if reason is not None:
            assert reason in here.told("waiting")[0].data["reason"]


async def test_repetition_counts_slots_of_blocks_and_makes_up_for_none(tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        script = here.script(f"{STEP}    every: 10 blocks\n    count: 3\n")
        for blocks, count in [(0, 1), (1, 1), (10, 2), (45, 3), (10, 3)]:
            here.seal(blocks)
            done = await here.apply(script)
            assert (await _count(here), done) == (count, count == 3)


async def test_repetition_by_time_follows_the_clock_of_the_chain(tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        script = here.script(f"{STEP}    every: 6 hours\n    until: {{time: 2200-01-01}}\n")
        for hours, count in [(0, 1), (5, 1), (2, 2), (13, 3)]:
            await here.travel(hours)
            assert not await here.apply(script)
            assert await _count(here) == count


async def test_a_changed_schedule_begins_anew_and_repeats_nothing(tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        await here.apply(here.script(f"{STEP}    every: 10 blocks\n"))
        here.seal(10)
        await here.apply(here.script(f"{STEP}    every: 10 blocks\n"))
        assert await _count(here) == 2
        await here.apply(here.script(f"{STEP}    every: 1000 blocks\n"))
        assert await _count(here) == 3
        await here.apply(here.script(f"{STEP}    every: 1000 blocks\n"))
        assert await _count(here) == 3


async def test_steps_after_another_wait_for_it(tmp_path):
    text = """
name: two
steps:
  - {id: first, do: stake.add, with: {netuid: 1, amount: 1}, when: {block: {after: 20}}}
  - {id: second, do: stake.add, with: {netuid: 1, amount: 2}, after: first}
"""
    async with world(tmp_path) as here:
        await _known(here)
        script = here.script(text)
        assert not await here.apply(script)
        assert here.told("waiting", "second")[0].data["reason"] == "first is not done"
        here.seal(20)
        assert await here.apply(script)
        assert await here.stakings(BOB.ss58_address) == [10**9, 2 * 10**9]


@pytest.mark.parametrize(
    ("limit", "stopped"),
    [
        ("max_spend_per_run: 0.4", "max_spend_per_run"),
        ("max_spend: 0.4", "max_spend"),
        ("max_spend_per_day: 0.4", "max_spend_per_day"),
        ("min_balance: 999999.9", None),
        ("max_slippage: 0.01%", None),
    ],
)
async def test_limits_hold_back_or_end(limit, stopped, tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        script = here.script(f"{STEP}limits: {{{limit}}}\n")
        if stopped is None:
            assert not await here.apply(script)
        else:
            with pytest.raises(LimitReached) as caught:
                await here.apply(script)
            assert caught.value.limit == stopped
        held = here.told("held")[0].data
        if limit.startswith("max_slippage"):  # the chain itself would refuse, by the limit price
            assert "price" in held["reason"] or held["limit"] == "max_slippage"
        else:
            assert held["limit"] == limit.partition(":")[0]
        assert await _count(here) == 0


async def test_a_limit_for_a_day_lets_the_next_day_go_on(tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        text = f"{STEP}    every: 1 block\nlimits: {{max_spend_per_day: 1}}\n"
        for _ in range(4):
            here.seal(2)
            await here.apply(here.script(text))
        assert await _count(here) == 2
        await here.travel(25)
        await here.apply(here.script(text))
        assert await _count(here) == 3


async def test_slippage_is_held_by_the_chain_too(tmp_path):
    async with world(tmp_path) as here:
        await _known(here)
        await here.apply(here.script(f"{STEP}limits: {{max_slippage: 50%}}\n"))
        call = here.told("planned")[0].data["call"]
        assert call["name"] == "add_stake_limit"


@pytest.mark.parametrize(("way", "ends"), [("stop", StepFailed), ("skip", None)])
async def test_a_failure_in_a_block_is_not_repeated(way, ends, tmp_path):
    text = f"""
name: f
steps:
  - id: fails
    do: tx.batch
    on_failure: {way}
    with:
      calls:
        - pallet: Balances
          name: transfer_keep_alive
          args: {{dest: {BOB.ss58_address}, value: 99999999999999999}}
"""
    async with world(tmp_path) as here:
        script = here.script(text)
        if ends is None:
            assert await here.apply(script)
            assert here.told("skipped")
        else:
            with pytest.raises(ends):
                await here.apply(script)
        assert len(here.told("failed")) == 1
        assert await here.apply(script)
        assert len(here.told("failed")) == 1
        journal = here.journal(script)
        assert journal.forget_failed() == (ends is not None)
        journal.close()


async def test_one_script_is_applied_by_one_process_at_a_time(tmp_path):
    async with world(tmp_path) as here:
        script = here.script(STEP)
        journal = here.journal(script)
        journal.lock(script.name)
        with pytest.raises(AlreadyRunning):
            await here.apply(script)
        journal.close()
        await _known(here)
        assert await here.apply(script)


async def test_it_goes_on_through_outages_and_ends_when_told(tmp_path, monkeypatch):
    async with world(tmp_path) as here:
        await _known(here)
        script = here.script(f"{STEP}    when: {{block: {{after: 6}}}}\n    every: 3 blocks\n")
        real, refuse = MortalTransport.send, {"left": 0}

        async def send(self, method, params=()):
            if refuse["left"]:
                refuse["left"] -= 1
                raise ConnectionLost(url="ws://gone", reason="cut")
            return await real(self, method, list(params))

        monkeypatch.setattr(MortalTransport, "send", send)
        stop, pauses = asyncio.Event(), []

        async def pause(seconds):
            pauses.append(seconds)

        running = asyncio.ensure_future(
            here.apply(script, once=False, stop_event=stop, pause=pause)
        )
        for round_ in range(6):
            refuse["left"] = 2 if round_ % 2 else 0
            here.seal(3)
            for _ in range(200):
                await asyncio.sleep(0)
        stop.set()
        assert await running is False
        assert pauses
        assert here.told("outage")
        assert here.told("stopping")
        done = {(event.step, event.occurrence) for event in here.told("done")}
        assert await _count(here) == len(done) >= 2


async def test_a_step_that_is_held_back_is_told_of_once(tmp_path):
    text = f"""
name: held
steps:
  - id: refused
    do: stake.add
    with: {{netuid: 0, amount: 1}}
  - id: pay
    do: wallet.transfer
    with: {{to: {BOB.ss58_address}, amount: 1}}
    every: 1 block
"""
    async with world(tmp_path) as here:
        await _known(here)
        stop = asyncio.Event()
        running = asyncio.ensure_future(here.apply(here.script(text), once=False, stop_event=stop))
        while len(here.told("done", "pay")) < 3:
            await asyncio.sleep(0)
            assert not running.done()
        stop.set()
        await running
        (held,) = here.told("held")
        assert held.data["reason"] == "subnet 0 has not been started"


async def test_an_amount_can_be_what_the_chain_says(tmp_path):
    text = """
name: harvest
steps:
  - id: sell
    do: stake.remove
    with:
      netuid: 1
      amount: {read: stake-at, with: {netuid: 1}, minus: 100rao, share: 50%, at_most: 9}
"""
    async with world(tmp_path) as here:
        await _known(here)
        assert not await here.apply(here.script(text))
        assert "nothing to do" in here.told("waiting")[0].data["reason"]
        await here.apply(here.script(STEP))
        await here.apply(here.script(text.replace("at_most: 9", "at_least: 9")))
        assert here.told("waiting")[-1].data["reason"].endswith("less than α9.000000000 (subnet 1)")
        assert await here.apply(here.script(text))
        call = here.told("planned", "sell")[0].data["call"]
        assert call["name"] == "remove_stake"


def _positions(shares, values, price=10**9):
    return tuple(
        Position(Target(n, BOB.ss58_address, share), Alpha(value, n), Price(price, n))
        for n, (share, value) in enumerate(zip(shares, values, strict=True), 1)
    )


def test_moves_restore_the_shares_exactly():
    shares = (Fraction(2, 5), Fraction(3, 5))
    wanted = Rebalance((), Fraction(5, 100), Tao(0))
    (move,) = moves_for(wanted, _positions(shares, (1000, 0)))
    assert (move.origin.netuid, move.destination.netuid, move.alpha.rao) == (1, 2, 600)
    assert moves_for(wanted, _positions(shares, (440, 560))) == ()
    assert shares_of(_positions(shares, (440, 560))).most_off == Fraction(4, 100)
    assert moves_for(Rebalance((), Fraction(0), Tao(601)), _positions(shares, (1000, 0))) == ()
    (cut,) = moves_for(replace(wanted, max_trade=Tao(50)), _positions(shares, (1000, 0)))
    assert (cut.alpha.rao, cut.value.rao) == (50, 50)
    three = (Fraction(1, 2), Fraction(1, 4), Fraction(1, 4))
    moves = moves_for(wanted, _positions(three, (0, 900, 100)))
    assert [(m.origin.netuid, m.destination.netuid, m.alpha.rao) for m in moves] == [
        (2, 1, 500),
        (2, 3, 150),
    ]


async def test_shares_are_restored_by_swaps_and_left_alone_when_near(tmp_path):
    text = """
name: shares
steps:
  - id: keep
    rebalance: {targets: {0: 40%, 1: 60%}, off_by: 5%, min_trade: 0.01}
    every: 1 block
"""
    async with world(tmp_path, subnets=(0, 1)) as here:
        await _known(here)
        await here.sign_and_send(
            Call(
                "SubtensorModule",
                "add_stake",
                {"hotkey": BOB.ss58_address, "netuid": 0, "amount_staked": 10**9},
            )
        )
        script = here.script(text)
        await here.apply(script)
        (planned,) = here.told("planned")
        assert planned.data["call"]["name"] == "swap_stake"
        assert "0.600000000" in planned.data["summary"]
        here.seal(3)
        await here.apply(script)
        assert len(here.told("planned")) <= 2  # the slippage of so small a pool may be put right


@pytest.mark.parametrize("name", sorted(examples()))
async def test_every_example_runs(name, tmp_path):
    async with world(tmp_path, subnets=(0, 1)) as here:
        await _known(here)
        stake = {"hotkey": BOB.ss58_address, "netuid": 1, "amount_staked": 2 * 10**9}
        values = {
            "dca": {"price": "5", "amount": "0.01"},
            "rebalance": {"first": "0", "second": "1"},
            "harvest": {"keep": "0.5", "least": "0.1"},
            "claim-root": {},
        }[name]
        if name != "dca":
            await here.sign_and_send(Call("SubtensorModule", "add_stake", stake))
        text = example(name).replace("max_slippage: 2%", "max_slippage: 99%")
        assert not await here.apply(here.script(text, **values))
        done = {"dca": "stake", "rebalance": "swap", "harvest": "unstake"}
        if name in done:
            assert here.told("included"), here.events
            assert here.told("included")[0].data["summary"].startswith(done[name])
            assert len(here.told("done")) == 1
        else:  # nothing is owed on a new chain
            assert here.told("waiting")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: x\nsteps: []\n", 2, "steps is empty"),
        ("steps:\n  - {id: a, do: stake.add}\n", 1, "a script needs 'name'"),
        ("name: x\nstep: []\nsteps: []", 2, "did you mean steps?"),
        ("name: x\nsteps:\n  - id: a\n    do: stake.ad\n", 4, "did you mean"),
        (STEP.replace("amount", "amont"), 5, "did you mean amount?"),
        (STEP.replace("0.5", "0.0000000005"), 5, "nine decimals"),
        (STEP.replace("0.5", "'${x}'"), 5, "no variable 'x'"),
        (STEP + "  - id: buy\n    do: stake.add\n    with: {netuid: 1, amount: 1}\n", 6, "line 3"),
        (STEP + "    when: {prise: {netuid: 1}}\n", 6, "did you mean price?"),
        (STEP + "    when: {price: {netuid: 1}}\n", 6, "price needs one of below"),
        (STEP + "    when: {read: balanse}\n", 6, "did you mean balance"),
        (STEP + "    every: 3 fortnights\n", 6, "the units are"),
        (STEP + "    count: 3\n", 6, "'count' needs 'every'"),
        (STEP + "    on_failure: retri\n", 6, "did you mean retry?"),
        (STEP + "    after: bye\n", 3, "there is no step 'bye' above this one"),
        (STEP + "limits: {max_spent: 1}\n", 6, "did you mean max_spend"),
        (
            "name: x\nsteps:\n  - id: a\n    rebalance: {targets: {1: 40%, 2: 50%}}\n",
            4,
            "add up to 90%",
        ),
        (
            "name: x\nsteps:\n  - id: a\n    rebalance:\n      targets: {1: 40%, 2: 60%}\n"
            "      min_trade: 2\n      max_trade: 1\n",
            7,
            "nothing would ever be moved",
        ),
        (STEP + "limits: {max_spend: x}\n", 6, "not an amount: 'x'"),
        ("name: x\nname: y\nsteps: []\n", 2, "'name' is there twice"),
        ("name: [\n", 2, "not YAML"),
        ("", 0, "there is nothing in it"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, said):
    with pytest.raises(InvalidScript) as caught:
        read_script(text, coldkey=ALICE.ss58_address, hotkey=BOB.ss58_address)
    assert any(at == line and said in what for at, what in caught.value.problems), str(caught.value)


def test_variables_are_filled_in_and_unknown_ones_refused():
    text = STEP.replace("0.5", "'${tao}'") + "vars: {tao: null}\n"
    who = {"coldkey": ALICE.ss58_address, "hotkey": BOB.ss58_address}
    script = read_script(text, variables={"tao": "2"}, **who)
    assert script.steps[0].action.values["amount"] == "2"
    for given, said in [({}, "give --var tao="), ({"toa": "1"}, "did you mean tao")]:
        with pytest.raises(InvalidScript, match=said):
            read_script(text, variables=given, **who)


def test_aliases_of_aliases_do_not_grow_without_end():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
    with pytest.raises(InvalidScript, match="far too large"):
        read_script(bomb)


def test_a_damaged_journal_is_told_and_nothing_is_sent(tmp_path):
    from taokit.chain_client.automation import Journal

    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(JournalError, match="cannot be kept"):
        Journal.open(path, "x", "0x00", ALICE.ss58_address)


async def test_the_journal_is_private_and_durable(tmp_path):
    async with world(tmp_path) as here:
        journal = here.journal(here.script(STEP), Fault())
        assert (tmp_path / "journal.sqlite3").stat().st_mode & 0o777 == 0o600
        mode = journal._base.execute("PRAGMA journal_mode").fetchone()[0]
        sync = journal._base.execute("PRAGMA synchronous").fetchone()[0]
        assert (mode, sync) == ("wal", 2)
        journal.close()


def test_the_schemas_name_what_scripts_and_events_hold():
    script, events = script_schema(), event_schema()
    names = {s["properties"].get("do", {}).get("const") for s in script["$defs"]["step"]["oneOf"]}
    assert {"stake.add", "stake.remove", "wallet.transfer", None} <= names
    assert len(events["oneOf"]) == len(EVENTS)


def test_the_page_about_scripts_says_what_is_so():
    page = (Path(__file__).parents[2] / "docs" / "scripted-staking.md").read_text(encoding="utf-8")
    first = page.partition("```yaml\n")[2].partition("```")[0]
    script = first.replace("wallet: alice ", "wallet: x ")
    read_script(script, coldkey=ALICE.ss58_address, hotkey=BOB.ss58_address)
    for name, (about, fields) in EVENTS.items():
        row = f"| `{name}` | {about} | {', '.join(f'`{field}`' for field in fields)} |"
        assert row in page
    for key in (*STEP_KEYS, *LIMITS, *COMPARISONS):
        assert f"`{key}`" in page, key
