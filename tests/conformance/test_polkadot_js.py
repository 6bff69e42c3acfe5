"""@polkadot/api 16 against the chain, under Node."""

from __future__ import annotations

from pathlib import Path

import pytest
from peers import node_peer, run_in_node

from taokit.wallet import ss58

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

RUN = Path(__file__).parent / "polkadot_js" / "run.cjs"
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
RICH_RAO = 10**15
TAO = 10**9
# 67,583,000 ps at 0.0005 rao, and the fraction of a rao that rounding may add.
GUARDS_OF_A_CALL = (33_791, 33_792)
# What polkadot.js says of every chain that has more than Polkadot's own: not a complaint.
EXPECTED = (
    "Unknown signed extensions SudoTransactionExtension, CheckShieldedTxValidity, "
    "SubtensorTransactionExtension, DrandPriority found, treating them as no-effect",
    "RPC methods not decorated: ",
    "RPC-CORE: submitAndWatchExtrinsic",
)


@pytest.fixture(scope="module")
def step(chain_url):
    """Run a step of polkadot_js; what it returned. polkadot.js must not have complained."""
    modules = node_peer("@polkadot/api@16.5.6")

    def step(name, **arguments):
        done = run_in_node(modules, RUN, {"url": chain_url, "step": name, "arguments": arguments})
        assert [line for line in done["said"] if not any(known in line for known in EXPECTED)] == []
        return done["value"]

    return step


def account(number):
    """An account of nobody, one for each test."""
    return ss58.encode(bytes([number] * 32))


def names(done):
    return [event["name"] for event in done["events"]]


def test_connects_and_agrees_on_the_chain(step):
    found = step("connect")
    assert found["chain"] == "Bittensor"
    assert found["genesis"][0] == found["genesis"][1]
    assert found["spec"] == ["node-subtensor", 424]
    assert found["metadata"] == 16
    assert found["tokens"] == [["TAO"], [9], 42]
    assert (found["deposit"], found["slot"], found["version"]) == (500, 250, 424)
    assert {"balances", "utility", "sudo", "subtensorModule"} <= set(found["pallets"])
    assert found["health"] == {"peers": 0, "isSyncing": False, "shouldHavePeers": False}


def test_accounts_are_read_singly_together_in_the_past_and_by_entries(step):
    found = step("accounts", rich=ALICE, absent=NOBODY, count=4)
    assert found["rich"] == str(RICH_RAO)
    assert found["absent"]["data"]["free"] == found["absent"]["nonce"] == 0
    assert found["several"] == [True, False]
    assert found["entries"][ALICE] == found["entries"][BOB] == str(RICH_RAO)
    assert NOBODY not in found["entries"]
    assert len(found["entries"]) == 11
    assert found["paged"] == list(found["entries"])
    assert found["first"] == found["paged"][0]
    assert found["size"] == 56
    assert len(found["hash"]) == 66


def test_a_transfer_is_followed_to_finality_with_its_events_and_the_estimated_fee(step):
    found = step("transfer", **{"from": "Alice", "to": account(1), "amount": TAO})
    assert found["error"] is None
    assert (found["statuses"][0], found["statuses"][-1]) == ("Ready", "Finalized")
    assert found["received"] == TAO
    fee = found["estimate"]
    assert found["spent"] == TAO + fee
    assert names(found)[0] == "balances.Withdraw"
    assert names(found)[-2:] == ["transactionPayment.TransactionFeePaid", "system.ExtrinsicSuccess"]
    data = {event["name"]: event["data"] for event in found["events"]}
    assert data["balances.Transfer"] == [ALICE, account(1), TAO]
    assert data["transactionPayment.TransactionFeePaid"] == [ALICE, fee, 0]
    assert {event["index"] for event in found["events"]} == {found["index"]}
    assert found["signer"] == ALICE
    assert found["era"] is True
    assert found["first"] == "timestamp.set"


def test_storage_and_heads_are_pushed_as_they_change(step):
    found = step("subscription", **{"from": "Bob", "to": account(2), "amount": TAO})
    assert found["before"] == found["after"] == [0, TAO]
    assert found["all"] == [[0, ALICE], [TAO, ALICE], [2 * TAO, ALICE]]
    for numbers in (found["heads"], found["final"]):
        assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_batches_complete_stop_or_are_undone(step):
    found = step("utility", **{"from": "Charlie", "to": account(3), "amount": TAO})
    works, stops, forced, undone = (found[k] for k in ("works", "stops", "forced", "undone"))
    assert [run["gained"] for run in (works, stops, forced, undone)] == [2 * TAO, TAO, 2 * TAO, 0]
    assert [run["error"] for run in (works, stops, forced)] == [None, None, None]
    assert undone["error"] == "Token.FundsUnavailable"
    assert names(works).count("utility.ItemCompleted") == 3
    assert "utility.BatchCompleted" in names(works)
    (interrupted,) = [e["data"] for e in stops["events"] if e["name"] == "utility.BatchInterrupted"]
    assert interrupted == [1, {"token": "FundsUnavailable"}]
    assert "utility.BatchCompletedWithErrors" in names(forced)
    for run in (works, undone):
        (paid,) = [e["data"][1] for e in run["events"] if e["name"].endswith(".TransactionFeePaid")]
        # A batch tells what its calls weighed; the guards of the batch itself are then not charged.
        assert run["estimate"] - paid in (0, *GUARDS_OF_A_CALL)


def test_sudo_writes_storage_and_sets_parameters(step):
    found = step("sudo", netuid=1, tempo=77, rate=5)
    assert found["key"] == ALICE
    assert (found["written"], found["tempo"]) == ({"ok": None}, 77)
    assert (found["set"], found["rate"]) == ({"ok": None}, 5)
    assert found["refused"] == [None, "adminUtils", "POWRegistrationDisabled", True]
    assert found["stranger"]["code"] == 1010
    assert "Invalid signing address" in found["stranger"]["message"]
    assert found["direct"] == "BadOrigin"


def test_what_is_not_there_is_refused_with_the_nodes_codes(step):
    found = step("refusals", to=account(4))
    assert found["absent"] == [True, True]
    assert found["method"]["code"] == -32601
    assert found["runtimeCall"]["code"] == found["block"]["code"] == 4003
    assert "Exported method NoSuchApi_method is not found" in found["runtimeCall"]["message"]
    assert "UnknownBlock: Header was not found" in found["block"]["message"]
    assert found["header"] is None
    assert found["unknownCall"]["code"] in (1001, 1002)
    assert found["garbage"]["code"] in (1001, 1002)
    for refused, reason in (("stale", "outdated"), ("poor", "Inability to pay some fees")):
        assert found[refused]["code"] == 1010
        assert reason in found[refused]["message"]
    assert found["failed"] == {"token": "FundsUnavailable"}


def test_runtime_apis_are_called_as_the_metadata_describes_them(step):
    found = step("runtime_calls", who=ALICE)
    assert found["cost"] == 1000 * TAO
    assert (found["subnet"]["netuid"], bytes(found["subnet"]["subnetName"])) == (1, b"apex")
    assert found["absent"] is None
    assert found["price"] == 10**9
    assert found["stakes"] == []
