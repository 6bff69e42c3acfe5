"""The shipped script that claims root dividends, on a chain whose own epochs made them owed."""

from __future__ import annotations

import os

import pytest
from script_world import ALICE, FAULTS, Fault, Killed, World, world

from taokit.chain_client import Call
from taokit.chain_client.automation import example
from taokit.chain_client.reads.root_claims import RootClaim, root_claims
from taokit.chain_client.reads.stake import stake_at

MODULE = "SubtensorModule"
ONE = 1 << 32
"""The fixed-point numbers of the chain's averages have 32 bits after the point."""
SUBNETS = (2, 3)
POINTS = (
    FAULTS
    if os.environ.get("TAOKIT_LONG_TESTS") == "1"
    else ("after signing", "after recording", "after sending", "before it is done")
)


async def _earning(here: World) -> str:
    """A hotkey of Alice's with stake in subnet 0 that validates two subnets; the hotkey.

    Root dividends are kept while the average prices of all subnets add up to more than one, so the
    averages are let follow the prices at once; and the chain claims for nobody by itself.
    """
    hotkey = await here.new_hotkey("validator")
    settings = {
        "sudo_set_admin_freeze_window": {"window": 0},
        "sudo_set_subtoken_enabled": {"netuid": 0, "subtoken_enabled": True},
        "sudo_set_subnet_moving_alpha": {"alpha": {"bits": ONE}},
    }
    for name, args in settings.items():
        await here.sudo("AdminUtils", name, **args)
    await here.sudo(MODULE, "sudo_set_num_root_claims", new_value=0)
    for netuid in SUBNETS:
        await here.sign_and_send(Call(MODULE, "register_network", {"hotkey": hotkey}))
        await here.sign_and_send(Call(MODULE, "start_call", {"netuid": netuid}))
        await here.sudo(
            "AdminUtils", "sudo_set_ema_price_halving_period", netuid=netuid, ema_halving=1
        )
    for netuid, tao in ((0, 500), *((netuid, 20) for netuid in SUBNETS)):
        args = {"hotkey": hotkey, "netuid": netuid, "amount_staked": tao * 10**9}
        await here.sign_and_send(Call(MODULE, "add_stake", args))
    here.seal(30)  # three epochs of ten blocks
    return hotkey


async def _owed(here: World) -> dict[int, RootClaim]:
    return {claim.netuid: claim for claim in await root_claims(here.chain, ALICE.ss58_address)}


async def _claims(here: World, since: int) -> int:
    """How often something was claimed from a block on; the chain itself claims for nobody."""
    head = (await here.chain.block_ref("head")).number
    blocks = [await here.chain.events(number) for number in range(since, head + 1)]
    return sum(event.is_(MODULE, "RootClaimed") for events in blocks for event in events)


async def _root_stake(here: World, hotkey: str) -> int:
    return (await stake_at(here.chain, ALICE.ss58_address, hotkey, 0)).rao


async def test_what_epochs_made_owed_is_claimed_once_a_day(tmp_path):
    async with world(tmp_path) as here:
        hotkey = await _earning(here)
        owed = await _owed(here)
        assert set(owed) == set(SUBNETS)
        assert all(claim.payable for claim in owed.values())
        worth = sum(claim.value.rao for claim in owed.values())
        before = await _root_stake(here, hotkey)
        since = (await here.chain.block_ref("head")).number + 1
        script = here.script(example("claim-root"))

        assert not await here.apply(script)  # something is left to do: tomorrow's
        (planned,), (included,) = here.told("planned"), here.told("included")
        assert planned.data["call"]["args"] == {"subnets": list(SUBNETS)}
        paid = await _root_stake(here, hotkey) - before
        assert paid == pytest.approx(worth, rel=0.01)  # sold in the pools, which costs a little
        async with here.chain.at(included.data["block_hash"]):
            assert all(claim.owed.rao <= 1 for claim in (await _owed(here)).values())  # rounding

        journal = here.journal(script)
        (occurrence,) = journal.occurrences("claim", "done")
        (sending,) = journal.sendings("claim", occurrence.number)
        assert (sending.state, sending.block) == ("included", included.data["in_block"])
        journal.close()

        here.seal(10)  # more is owed, but the day is not over
        assert (await _owed(here))[SUBNETS[0]].payable
        for _ in range(2):
            assert not await here.apply(script)
        assert here.told("waiting")[-1].data["reason"].startswith("again at ")
        assert await _claims(here, since) == 1

        await here.travel(25)
        assert not await here.apply(script)
        assert len(here.told("done")) == await _claims(here, since) == 2


async def test_a_claim_of_a_process_that_dies_is_made_once(tmp_path):
    async with world(tmp_path) as here:
        await _earning(here)
        for point in POINTS:
            here.seal(10)  # an epoch, so that something is owed again
            since = (await here.chain.block_ref("head")).number + 1
            script = here.script(
                example("claim-root").replace("name: claim-root", f"name: {FAULTS.index(point)}")
            )
            with pytest.raises(Killed):
                await here.apply(script, Fault(point))
            for _ in range(2):
                assert not await here.apply(script)
            assert await _claims(here, since) == 1, point
            journal = here.journal(script)
            assert len(journal.occurrences("claim", "done")) == 1, point
            journal.close()
