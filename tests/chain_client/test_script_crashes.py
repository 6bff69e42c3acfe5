"""A script that dies anywhere stakes exactly once: nothing twice, nothing lost."""

from __future__ import annotations

import os
import random

import pytest
from script_world import ALICE, BOB, FAULTS, Fault, Killed, world

from taokit.chain_client import Call

SEEDS = range(40 if os.environ.get("TAOKIT_LONG_TESTS") == "1" else 5)

SCRIPT = """
name: crash-{name}
period: 8
steps:
  - id: buy
    do: stake.add
    with: {{hotkey: {hotkey}, netuid: 1, amount: {amount}rao}}
  - id: buy-again
    do: stake.add
    after: buy
    with: {{hotkey: {hotkey}, netuid: 1, amount: {again}rao}}
"""

REMARK = Call("System", "remark", {"remark": b"another program with this key"})


async def _meanwhile(here, chance: random.Random) -> str:
    """What goes on while nothing runs: nothing, some blocks, a whole era, the nonce gone."""
    what = chance.choice(["nothing", "blocks", "era", "nonce", "nonce and era"])
    if "nonce" in what:
        await here.sign_and_send(REMARK)
    if what == "blocks":
        here.seal(chance.randrange(1, 4))
    if "era" in what:
        here.seal(12)
    return what


@pytest.mark.parametrize("point", FAULTS)
async def test_whatever_dies_stakes_once(point, tmp_path):
    async with world(tmp_path) as here:
        for seed in SEEDS:
            chance = random.Random(f"{point} {seed}")
            name = f"{FAULTS.index(point)}-{seed}"
            hotkey = await here.new_hotkey(name)
            since = (await here.chain.block_ref("head")).number
            amount, again = (chance.randrange(10**8, 10**9) for _ in range(2))
            script = here.script(
                SCRIPT.format(name=name, hotkey=hotkey, amount=amount, again=again)
            )
            story = []
            with pytest.raises(Killed):
                await here.apply(script, Fault(point))
            story.append(await _meanwhile(here, chance))
            if chance.random() < 0.5:
                try:
                    await here.apply(script, Fault(chance.choice(FAULTS)))
                except Killed as died:
                    story += [str(died), await _meanwhile(here, chance)]
            assert await here.apply(script), story
            assert await here.stakings(hotkey, since) == [amount, again], story
            before = (await here.chain.block_ref("head")).number
            assert await here.apply(script)
            assert (await here.chain.block_ref("head")).number == before


async def test_a_transaction_of_a_dead_process_is_not_sent_again_when_its_condition_is_gone(
    tmp_path,
):
    text = """
name: conditional
period: 8
steps:
  - id: buy
    do: stake.add
    with: {netuid: 1, amount: 1}
    when: {block: {before: 12}}
"""
    async with world(tmp_path) as here:
        await here.sign_and_send(
            Call("SubtensorModule", "try_associate_hotkey", {"hotkey": BOB.ss58_address})
        )
        script = here.script(text)
        with pytest.raises(Killed):
            await here.apply(script, Fault("before sending"))
        here.seal(12)
        assert not await here.apply(script)
        assert await here.stakings(BOB.ss58_address) == []
        (lost,) = here.told("lost")
        assert lost.data["reason"] == "its era ended"


async def test_a_block_that_is_replaced_takes_nothing_with_it(tmp_path):
    async with world(tmp_path) as here:
        hotkey = await here.new_hotkey("replaced")
        text = SCRIPT.format(name="replaced", hotkey=hotkey, amount=10**8, again=2 * 10**8)
        script = here.script(text)
        here.node.chain.snapshots.take("before")
        assert await here.apply(script)
        assert await here.stakings(hotkey) == [10**8, 2 * 10**8]
        journal = here.journal(script)
        journal._base.execute("UPDATE sending SET final = 0")  # as if finality had lagged behind
        journal.close()
        here.node.chain.snapshots.revert("before")
        here.seal(1)
        assert await here.apply(script)
        assert len(here.told("reverted")) == 2
        assert sorted(await here.stakings(hotkey)) == [10**8, 2 * 10**8]


async def test_signers_of_a_script_are_asked_only_for_what_is_sent(tmp_path):
    async with world(tmp_path) as here:
        script = here.script(
            "name: idle\nsteps:\n  - id: x\n    do: stake.add\n"
            "    with: {netuid: 1, amount: 1}\n    when: {block: {after: 10000}}\n"
        )
        assert not await here.apply(script, Fault("before signing"))
        assert here.told("waiting")[0].data["reason"] == "block 10000 has not come"
        assert ALICE.ss58_address == here.told("started")[0].data["account"]
