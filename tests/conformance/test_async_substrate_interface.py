"""async-substrate-interface 2.2.1, the library under bittensor-cli 9.23.2, against the chain."""

from __future__ import annotations

from textwrap import indent

import pytest
from peers import python_peer, run_in_peer

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
RICH_RAO = 10**15
EXISTENTIAL_DEPOSIT = 500

CONNECT = """
from async_substrate_interface.sync_substrate import SubstrateInterface
from bittensor_wallet import Keypair

chain = SubstrateInterface(request["url"], ss58_format=42)

def key(name):
    return Keypair.create_from_uri("//" + name)

def free(address, block_hash=None):
    return chain.query("System", "Account", [address], block_hash).value["data"]["free"]

def send(call, signer, **waiting):
    signed = chain.create_signed_extrinsic(call, key(signer), era={"period": 256})
    return chain.submit_extrinsic(signed, **(waiting or {"wait_for_finalization": True}))
"""


@pytest.fixture(scope="module")
def ask(chain_url, tmp_path_factory):
    """Run a script in the peer, connected; its answer."""
    python = python_peer("bittensor-cli==9.23.2")
    home = tmp_path_factory.mktemp("home")

    def ask(script, **request):
        program = f"{CONNECT}try:\n{indent(script, '    ')}\nfinally:\n    chain.close()\n"
        return run_in_peer(python, program, {"url": chain_url, **request}, {"HOME": str(home)})

    return ask


def test_connects_and_agrees_on_the_chain(ask):
    found = ask("""
answer({
    "name": chain.name,
    "token": [chain.token_symbol, chain.token_decimals],
    "version": chain.version,
    "spec": chain.runtime.runtime_version,
    "deposit": chain.get_constant("Balances", "ExistentialDeposit").value,
    "slot": chain.get_constant("Aura", "SlotDuration").value,
    "genesis": chain.get_block_hash(0) == chain.get_block(block_number=0)["header"]["hash"],
})
""")
    assert found["token"] == ["TAO", 9]
    assert found["spec"] == 424
    assert (found["deposit"], found["slot"]) == (EXISTENTIAL_DEPOSIT, 250)
    assert found["genesis"]


def test_query_reads_values_defaults_and_the_past(ask):
    found = ask(
        """
block = chain.get_chain_head()
answer({
    "rich": free(request["rich"], chain.get_block_hash(0)),
    "absent": chain.query("System", "Account", [request["nobody"]]).value,
    "block": [chain.query("System", "Number", block_hash=block).value,
              chain.get_block_number(block)],
})
""",
        rich=ALICE,
        nobody=NOBODY,
    )
    assert found["rich"] == RICH_RAO
    assert found["absent"]["data"]["free"] == 0
    assert found["absent"]["nonce"] == 0
    queried, numbered = found["block"]
    assert queried == numbered


def test_query_map_pages_through_every_entry(ask):
    found = ask("""
block = chain.get_block_hash(0)
def rows(**options):
    mapped = chain.query_map("System", "Account", block_hash=block, **options)
    return {who: info["data"]["free"] for who, info in mapped}
answer([rows(page_size=2), rows()])
""")
    paged, whole = found
    assert paged == whole
    assert len(whole) >= 11
    assert whole[ALICE] == whole[BOB] == RICH_RAO


def test_query_multi_answers_for_every_key(ask):
    found = ask(
        """
keys = [chain.create_storage_key("System", "Account", [who]) for who in request["who"]]
rows = chain.query_multi(keys, chain.get_block_hash(0))
answer([[key.params[0], value["data"]["free"]] for key, value in rows])
""",
        who=[ALICE, NOBODY, BOB],
    )
    assert found == [[ALICE, RICH_RAO], [NOBODY, 0], [BOB, RICH_RAO]]


def test_runtime_calls_take_arguments_and_decode_results(ask):
    found = ask(
        """
block = chain.get_block_hash(0)
def call(api, method, *params):
    return chain.runtime_call(api, method, list(params), block)
answer({
    "nonce": call("AccountNonceApi", "account_nonce", request["who"]),
    "cost": call("SubnetRegistrationRuntimeApi", "get_network_registration_cost"),
    "subnet": call("SubnetInfoRuntimeApi", "get_dynamic_info", 1),
    "no_subnet": call("SubnetInfoRuntimeApi", "get_dynamic_info", 99),
})
""",
        who=NOBODY,
    )
    assert found["nonce"] == 0
    assert found["cost"] == 1000 * 10**9
    assert (found["subnet"]["netuid"], found["subnet"]["tao_in"]) == (1, 10 * 10**9)
    assert found["no_subnet"] is None


def test_a_transfer_is_composed_signed_submitted_and_followed(ask):
    found = ask(
        """
call = chain.compose_call("Balances", "transfer_keep_alive",
                          {"dest": request["to"], "value": 1_000_000_000})
estimate = chain.get_payment_info(call, key("Alice"), era={"period": 256})
before = free(request["from"])
receipt = send(call, "Alice")
at = receipt.block_hash
answer({
    "success": receipt.is_success,
    "finalized": receipt.finalized,
    "error": receipt.error_message,
    "estimate": estimate["partial_fee"],
    "fee": receipt.total_fee_amount,
    "weight": receipt.weight,
    "spent": before - free(request["from"], at),
    "received": free(request["to"], at),
    "events": [[e["event"]["module_id"], e["event"]["event_id"], e["event"]["attributes"]]
               for e in receipt.triggered_events],
    "identifier": receipt.get_extrinsic_identifier(),
    "number": chain.get_block_number(at),
})
""",
        **{"from": ALICE, "to": NOBODY},
    )
    assert found["success"] is True
    assert found["finalized"] is True
    assert found["error"] is None
    assert found["fee"] == found["estimate"] > 0
    assert found["spent"] == 10**9 + found["fee"]
    assert found["received"] == 10**9
    assert set(found["weight"]) == {"ref_time", "proof_size"}
    names = [(module, name) for module, name, _ in found["events"]]
    assert ("System", "NewAccount") in names
    assert names[-2:] == [
        ("TransactionPayment", "TransactionFeePaid"),
        ("System", "ExtrinsicSuccess"),
    ]
    (transfer,) = [values for module, name, values in found["events"] if name == "Transfer"]
    assert transfer == {"from": ALICE, "to": NOBODY, "amount": 10**9}
    number, index = found["identifier"].split("-")
    assert (int(number), int(index) > 0) == (found["number"], True)


def test_a_failing_call_gives_the_error_with_its_documentation(ask):
    found = ask(
        """
def failure(module, function, **params):
    call = chain.compose_call(module, function, params)
    before = free(request["from"])
    receipt = send(call, "Bob", wait_for_inclusion=True)
    spent = before - free(request["from"], receipt.block_hash)
    return [receipt.is_success, receipt.error_message, receipt.total_fee_amount == spent > 0]
answer([
    failure("Balances", "transfer_keep_alive", dest=request["to"], value=10**18),
    failure("SubtensorModule", "start_call", netuid=99),
])
""",
        **{"from": BOB, "to": ALICE},
    )
    token, module = found
    expected = {"type": "System", "name": "Token", "docs": "FundsUnavailable"}
    assert token == [False, expected, True]
    success, error, charged = module
    assert (success, charged) == (False, True)
    assert (error["type"], error["name"]) == ("Module", "SubnetNotExists")
    assert "".join(error["docs"]).strip()


def test_several_transactions_of_one_key_follow_each_other(ask):
    found = ask(
        """
signer = key("Charlie")
first = chain.get_account_next_index(signer.ss58_address)
hashes = []
for step in range(3):
    call = chain.compose_call("System", "remark", {"remark": "0x%02x" % step})
    signed = chain.create_signed_extrinsic(call, signer, nonce=first + step)
    waiting = {"wait_for_inclusion": True} if step == 2 else {}
    receipt = chain.submit_extrinsic(signed, **waiting)
    hashes.append(receipt.extrinsic_hash)
answer([receipt.is_success, first, chain.get_account_next_index(signer.ss58_address),
        len(set(hashes))])
"""
    )
    success, first, following, hashes = found
    assert success is True
    assert following == first + 3
    assert hashes == 3


def test_a_bad_transaction_is_refused_with_the_nodes_words(ask):
    found = ask("""
from async_substrate_interface.errors import SubstrateRequestException
call = chain.compose_call("System", "remark", {"remark": "0x00"})
def refusal(**options):
    signed = chain.create_signed_extrinsic(call, key("Dave"), **options)
    try:
        chain.submit_extrinsic(signed, wait_for_inclusion=True)
    except SubstrateRequestException as refused:
        return str(refused)
send(call, "Dave", wait_for_inclusion=True)
answer([refusal(nonce=0), refusal(signature="0x01" + "00" * 64)])
""")
    stale, forged = found
    assert "Transaction is outdated" in stale
    assert "Transaction has a bad signature" in forged


def test_blocks_and_their_extrinsics_are_decoded(ask):
    found = ask("""
call = chain.compose_call("System", "remark_with_event", {"remark": "0x6162"})
receipt = send(call, "Eve")
block = chain.get_block(receipt.block_hash)
heads = []
def seen(block):
    heads.append(block["header"]["number"])
    return True if len(heads) == 3 else None
chain.subscribe_block_headers(seen)
answer({
    "calls": [[e.value["call"]["call_module"], e.value["call"]["call_function"]]
              for e in block["extrinsics"]],
    "heads": heads,
})
""")
    assert found["calls"][0] == ["Timestamp", "set"]
    assert ["System", "remark_with_event"] in found["calls"]
    first, second, third = found["heads"]
    assert (second, third) == (first + 1, first + 2)


def test_the_asynchronous_interface_does_the_same(ask):
    found = ask(
        """
import asyncio
from async_substrate_interface import AsyncSubstrateInterface

async def everything():
    async with AsyncSubstrateInterface(request["url"], ss58_format=42) as node:
        genesis = await node.get_block_hash(0)
        account = await node.query("System", "Account", [request["to"]], genesis)
        mapped = await node.query_map(
            "System", "Account", block_hash=genesis, fully_exhaust=True)
        rows = {who: info["data"]["free"] async for who, info in mapped}
        cost = await node.runtime_call(
            "SubnetRegistrationRuntimeApi", "get_network_registration_cost", [], genesis)
        signer = key("Ferdie")
        call = await node.compose_call(
            "Balances", "transfer_keep_alive", {"dest": request["to"], "value": 7_000_000})
        estimate = await node.get_payment_info(call, signer, era={"period": 256})
        signed = await node.create_signed_extrinsic(call, signer, era={"period": 256})
        receipt = await node.submit_extrinsic(signed, wait_for_inclusion=True)
        refused = await node.create_signed_extrinsic(
            await node.compose_call("SubtensorModule", "start_call", {"netuid": 99}), signer)
        failed = await node.submit_extrinsic(refused, wait_for_finalization=True)
        return {
            "free": account.value["data"]["free"],
            "rows": rows,
            "cost": int(cost),
            "success": await receipt.is_success,
            "fees": [int(estimate["partial_fee"]), await receipt.total_fee_amount],
            "events": [e["event"]["event_id"] for e in await receipt.triggered_events],
            "identifier": await receipt.get_extrinsic_identifier(),
            "failed": [await failed.is_success, (await failed.error_message)["name"]],
        }

answer(asyncio.run(everything()))
""",
        to=ALICE,
    )
    assert found["free"] == found["rows"][ALICE] == RICH_RAO
    assert len(found["rows"]) == 11
    assert found["cost"] == 1000 * 10**9
    assert found["success"] is True
    estimate, charged = found["fees"]
    assert estimate == charged > 0
    assert "Transfer" in found["events"]
    assert found["identifier"].split("-")[0].isdigit()
    assert found["failed"] == [False, "SubnetNotExists"]
