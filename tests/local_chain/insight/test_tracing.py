"""An extrinsic run again, or tried, tells what it did; two blocks tell what is different."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from taokit.chain_client.calls import Call
from taokit.local_chain import LocalChain
from taokit.local_chain.errors import LocalChainError, UnknownBlock, UnknownExtrinsic
from taokit.local_chain.insight.replay import replay
from taokit.local_chain.insight.tracing import TracedCall, Trial, dry_run
from taokit.local_chain.node.header import blake2_256

TAO = 10**9


@pytest.fixture(scope="module")
def made() -> Iterator[LocalChain]:
    with LocalChain() as chain:
        yield chain


@pytest.fixture
def chain(made: LocalChain) -> Iterator[LocalChain]:
    with made.anchor():
        yield made


def pay(chain: LocalChain, tao: int, to: str | None = None) -> Call:
    dest = {"Id": to or chain.accounts.bob.ss58_address}
    return Call("Balances", "transfer_keep_alive", {"dest": dest, "value": tao * TAO})


def batch(*calls: Call) -> Call:
    return Call("Utility", "batch", {"calls": list(calls)})


def sent(chain: LocalChain, call: Call, signer: Any = None) -> Trial:
    """The trace of a call that was sent."""

    receipt = chain.client().submit(call, signer or chain.accounts.alice)
    told = chain.trace(receipt.extrinsic_hash)
    assert (told.block, told.index) == (receipt.block.number, receipt.index)
    assert told.fee == receipt.fee.rao
    assert [f"{one.pallet}.{one.name}" for one in told.events] == [str(e) for e in receipt.events]
    return told


def tried(chain: LocalChain, call: Call, **options: Any) -> Trial:
    raw = chain.client().chain.encode_call(call)
    who = chain.accounts.alice.public_key
    return chain.do(lambda: dry_run(chain.node.chain, call=raw, account=who, **options))


def of(told: Trial, pallet: str, item: str) -> dict[str, tuple[Any, Any]]:
    return {
        str(one.key[-1]): (one.before, one.after)
        for one in told.changes
        if (one.pallet, one.item) == (pallet, item)
    }


def names(call: TracedCall) -> list[str]:
    return [call.name, *(name for inner in call.inner for name in names(inner))]


def test_a_transfer_is_traced(chain: LocalChain) -> None:
    told = sent(chain, pay(chain, 5))
    alice, bob = chain.accounts.alice.ss58_address, chain.accounts.bob.ss58_address
    assert told.succeeded
    assert told.signer == alice
    assert told.call is not None
    assert (told.call.pallet, told.call.name) == ("Balances", "transfer_keep_alive")
    assert told.call.origin == alice
    accounts = of(told, "System", "Account")
    before, after = accounts[bob]
    assert after["data"]["free"] - before["data"]["free"] == 5 * TAO
    before, after = accounts[alice]
    assert before["data"]["free"] - after["data"]["free"] == 5 * TAO + told.fee
    assert after["nonce"] == before["nonce"] + 1
    # The call's own part does not know of the fee.
    own = {one.key[0]: one for one in told.call.writes if one.item == "Account"}
    lost = own[alice].before["data"]["free"] - own[alice].after["data"]["free"]
    assert lost == 5 * TAO
    assert {one.item for one in told.call.reads} >= {"Account"}
    assert told.weight > told.call.weight > 0


def test_calls_inside_calls_are_traced_with_who_made_them(chain: LocalChain) -> None:
    alice, bob = chain.accounts.alice, chain.accounts.bob
    add = Call(
        "Proxy",
        "add_proxy",
        {"delegate": {"Id": bob.ss58_address}, "proxy_type": "Any", "delay": 0},
    )
    sent(chain, add)
    inner = batch(pay(chain, 1), pay(chain, 2))
    told = sent(
        chain,
        Call(
            "Proxy",
            "proxy",
            {"real": {"Id": alice.ss58_address}, "force_proxy_type": None, "call": inner},
        ),
        bob,
    )
    assert told.call is not None
    transfer = "transfer_keep_alive"
    assert names(told.call) == ["proxy", "batch", transfer, transfer]
    assert told.call.origin == bob.ss58_address
    (the_batch,) = told.call.inner
    assert the_batch.origin == alice.ss58_address
    assert [one.args["value"] for one in the_batch.inner] == [TAO, 2 * TAO]
    assert [one.name for one in the_batch.inner[0].events] == ["Transfer"]


def test_sudo_runs_as_root(chain: LocalChain) -> None:
    tempo = Call("AdminUtils", "sudo_set_tempo", {"netuid": 1, "tempo": 77})
    told = sent(chain, Call("Sudo", "sudo", {"call": tempo}))
    assert told.call is not None
    assert told.call.inner[0].origin == "Root"
    assert of(told, "SubtensorModule", "Tempo")["1"][1] == 77


def test_a_failed_call_says_why_and_leaves_nothing(chain: LocalChain) -> None:
    told = sent(chain, batch(pay(chain, 3), pay(chain, 10**9)))
    assert told.call is not None
    good, bad = told.call.inner
    assert good.error is None
    assert bad.error is not None
    assert bad.error["name"] == "FundsUnavailable"
    assert told.succeeded  # a batch stops, and does not fail
    told = sent(chain, pay(chain, 10**9))
    assert not told.succeeded
    assert told.error is not None
    assert told.error["name"] == "FundsUnavailable"
    accounts = of(told, "System", "Account")
    before, after = accounts[chain.accounts.alice.ss58_address]
    assert before["data"]["free"] - after["data"]["free"] == told.fee
    assert chain.accounts.bob.ss58_address not in accounts


def test_every_block_run_again_comes_to_the_same(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=1, miners=1)
    subnet.set_weights(subnet.validators[0], {2: 1.0})
    chain.fund(chain.accounts.bob.ss58_address, 7)
    subnet.run_epoch()
    subnet.run_epoch()
    node = chain.node.chain
    told = {n: chain.do(lambda n=n: replay(node, n).faithful) for n in range(1, chain.height + 1)}
    assert set(told.values()) == {True}, told


def test_a_trial_foretells_what_sending_does(chain: LocalChain) -> None:
    call = pay(chain, 5)
    foretold = tried(chain, call)
    done = sent(chain, call)
    assert foretold.call == done.call
    assert foretold.fee == done.fee
    assert foretold.events == done.events
    kept = {"BlockWeight", "AllExtrinsicsLen"}
    assert [one for one in foretold.changes if one.item not in kept] == [
        one for one in done.changes if one.item not in kept
    ]


def test_a_trial_changes_nothing_and_can_be_made_of_the_past(chain: LocalChain) -> None:
    height, bob = chain.height, chain.accounts.bob.ss58_address
    sent(chain, pay(chain, 5))
    now, then = tried(chain, pay(chain, 1)), tried(chain, pay(chain, 1), at=height)
    assert chain.height == height + 1
    assert (now.block, then.block) == (height + 2, height + 1)
    held = [of(one, "System", "Account")[bob][0]["data"]["free"] for one in (now, then)]
    assert held[0] - held[1] == 5 * TAO
    with pytest.raises(UnknownBlock):
        tried(chain, pay(chain, 1), at=height + 9)


def test_a_trial_of_a_poor_account_is_refused_as_the_pool_would(chain: LocalChain) -> None:
    raw = chain.client().chain.encode_call(pay(chain, 1))
    told = chain.do(lambda: dry_run(chain.node.chain, call=raw, account=bytes(range(32))))
    assert told.invalid == {"kind": "Payment", "custom": None}
    assert told.call is None
    assert told.changes == []


def test_an_unknown_extrinsic_is_an_error(chain: LocalChain) -> None:
    for name in ("0x" + "11" * 32, f"{chain.height}-99", "99999-0"):
        with pytest.raises(UnknownExtrinsic):
            chain.trace(name)


def test_what_opens_a_block_is_traced_too(chain: LocalChain) -> None:
    told = chain.trace(f"{chain.mine()}-0")
    assert told.signer is None
    assert told.call is not None
    assert (told.call.pallet, told.call.name) == ("Timestamp", "set")
    block = chain.node.chain.require_block(None)
    assert told.hash == "0x" + blake2_256(block.extrinsics[0]).hex()


def test_two_blocks_are_compared(chain: LocalChain) -> None:
    first = chain.height
    sent(chain, pay(chain, 5))
    sent(chain, pay(chain, 5))
    bob = chain.accounts.bob.ss58_address
    (change,) = [one for one in chain.diff(first) if one.item == "Account" and one.key == [bob]]
    assert change.after["data"]["free"] - change.before["data"]["free"] == 10 * TAO
    back = [one for one in chain.diff(first + 2, first) if one.key == [bob]]
    assert [(one.before, one.after) for one in back] == [(change.after, change.before)]
    assert len(chain.diff(first, first)) == 0
    assert {one.pallet for one in chain.diff(first, pallet="balances")} <= {"Balances"}
    with pytest.raises(LocalChainError, match="no pallet"):
        chain.diff(first, pallet="Balence")
    with pytest.raises(UnknownBlock):
        chain.diff(first, first + 99)


def test_blocks_far_apart_are_compared_like_near_ones(chain: LocalChain) -> None:
    first = chain.height
    sent(chain, pay(chain, 5))
    near = chain.diff(first, pallet="SubtensorModule")
    with chain.anchor():
        chain.mine(70)
        far = {one.raw_key: one.before for one in chain.diff(first, pallet="SubtensorModule")}
    assert {one.raw_key: one.before for one in near if one.raw_key in far}.items() <= far.items()
    assert len(far) >= len(near) > 0


def test_unknown_keys_are_told_raw(chain: LocalChain) -> None:
    chain.do(lambda: chain.node.chain.dev.set_storage({b"own key": b"\x01\x02"}))
    key = "0x" + b"own key".hex()
    (change,) = [one for one in chain.diff(chain.height - 1) if one.raw_key == key]
    assert (change.pallet, change.before, change.after) == (None, None, "0x0102")
