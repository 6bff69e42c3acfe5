"""polkadot-api (papi) 2 against the chain, under Node: the newer JSON-RPC interface."""

from __future__ import annotations

from pathlib import Path

import pytest
from peers import node_peer, run_in_node

from taokit.wallet import Keypair, ss58

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

RUN = Path(__file__).parent / "papi" / "run.mjs"
PACKAGES = (
    "polkadot-api@2.2.2",
    "@polkadot-labs/hdkd@0.0.28",
    "@polkadot-labs/hdkd-helpers@0.0.30",
    "ws@8.23.0",
)
ALICE = Keypair.from_uri("//Alice").ss58_address
CHARLIE = Keypair.from_uri("//Charlie").ss58_address
NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
RICH_RAO = 10**15
TAO = 10**9
NEWER = ("archive_v1_", "chainHead_v1_", "chainSpec_v1_", "transaction_v1_", "rpc_methods")


@pytest.fixture(scope="module")
def step(chain_url):
    """Run a step of papi/; what it returned. papi must not have complained, nor fallen back."""
    modules = node_peer(*PACKAGES)

    def step(name, *, may_say=None, **arguments):
        done = run_in_node(modules, RUN, {"url": chain_url, "step": name, "arguments": arguments})
        assert [line for line in done["said"] if may_say is None or may_say not in line] == []
        assert [method for method in done["methods"] if not method.startswith(NEWER)] == []
        return done["value"]

    return step


def account(number):
    """An account of nobody, one for each test."""
    return ss58.encode(bytes([number] * 32))


def test_connects_and_agrees_on_the_chain(step, chain):
    found = step("connect")
    assert found["name"] == "Bittensor"
    assert found["genesis"] == chain.chain.runtime.genesis_hash
    assert found["properties"] == {"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}
    assert (found["version"], found["deposit"], found["slot"]) == (
        ["node-subtensor", 424],
        500,
        250,
    )
    best = found["best"][0]
    assert found["header"] == {"number": best["number"], "parent": best["parent"]}
    assert best["number"] <= found["finalized"]
    assert found["body"] in (
        2,
        3,
    )  # the time, the next key of the shield, and a pulse when one is due


def test_accounts_are_read_singly_together_by_entries_and_in_the_past(step):
    found = step("accounts", rich=ALICE, absent=NOBODY)
    assert (found["rich"], found["past"], found["absent"]) == (RICH_RAO, RICH_RAO, 0)
    assert found["several"] == [True, False]
    assert found["entries"][ALICE] == RICH_RAO
    assert len(found["entries"]) == 11
    assert found["networks"] == [0, 1]
    assert found["tempo"] == 100


def test_a_transfer_is_followed_to_finality_and_costs_the_estimated_fee(step):
    found = step("transfer", **{"from": "Alice", "to": account(31), "amount": TAO})
    assert found["steps"] == ["signed", "broadcasted", "txBestBlocksState", "finalized"]
    assert found["ok"] is True
    assert found["received"] == TAO
    assert found["paid"] == found["estimate"]
    assert found["events"][-1] == "System.ExtrinsicSuccess"
    assert found["index"] == found["count"] - 1


def test_values_entries_and_heads_are_pushed_as_they_change(step):
    found = step("watch", **{"from": "Bob", "to": account(32), "amount": TAO})
    assert found["ok"] is True
    assert found["values"] == [0, TAO]
    assert found["heads"] == list(range(found["heads"][0], found["heads"][0] + 4))
    assert found["first"] >= 11
    assert found["transfers"] == [account(32)]


def test_a_subnet_is_registered_started_staked_to_and_read_by_runtime_calls(step):
    hotkey = account(33)
    found = step("subnet", **{"from": "Charlie", "hotkey": hotkey})
    assert found["cost"] == 1000 * TAO
    assert found["results"] == [True, True, True]
    assert found["owner"] == [CHARLIE, hotkey]
    assert found["stakes"] == [[hotkey, found["netuid"]]]
    assert found["price"] == TAO


def test_refusals_carry_the_runtimes_reasons(step):
    found = step("refusals", to=account(34), may_say="Invalid BlockHash")
    assert found["poor"] == {"type": "Invalid", "value": {"type": "Payment"}}
    funds = {"type": "Token", "value": {"type": "FundsUnavailable"}}
    assert found["much"] == [False, funds]
    assert found["stranger"] == {"type": "Invalid", "value": {"type": "BadSigner"}}
    assert found["own"] is True
    assert found["batch"] == [
        ["ItemCompleted", None],
        ["BatchInterrupted", {"index": 1, "error": funds}],
    ]
    assert "NoPallet.NoItem" in found["unknown"]
    assert "is not pinned" in found["block"]
