"""bittensor 11.3.0, made for a newer runtime than 424, against the chain.

What it asks for and does not find is compared to `docs/compatibility.md`'s list, so that neither
a lost ability nor a gained one passes unnoticed.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest
from peers import python_peer, run_in_peer

from taokit.wallet import Keypair, Wallet

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

TAO = 10**9
WALLETS = {"owner": "Alice", "payer": "Bob", "staker": "Charlie", "miner": "Dave"}
NOBODY = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"

CONNECT = """
import bittensor as bt

chain = bt.Subtensor(request["url"])

def wallet(name):
    return bt.Wallet(name, "default", path=request["wallets"])

def run(intent, name, **options):
    result = chain.execute(intent, wallet(name), **options)
    return {
        "success": result.success,
        "message": result.message,
        "id": result.extrinsic_id,
        "fee": None if result.fee is None else result.fee.rao,
        "events": [event["event"]["event_id"] for event in result.events],
    }
"""

# Reads of runtimes newer than 424, by what they ask for.
NEWER = {
    "BetaBasketRuntimeApi": {
        "basket_position",
        "basket_trading_status",
        "root_basket_owed",
        "root_basket_owed_breakdown",
        "root_basket_portfolio",
        "root_basket_total_nav",
        "root_baskets",
        "validator_basket",
        "validator_basket_nav",
        "validator_basket_summary",
    },
    "SubtensorModule.ChildkeyThresholdSuspended": {"childkey_threshold_suspended"},
    "SubtensorModule.CollateralLockShare": {"collateral_policy"},
    "SubtensorModule.MinerCollateral": {"miner_collateral", "subnet_collateral"},
    "SubtensorModule.TotalAlphaStaked": {"total_alpha_staked"},
}


@pytest.fixture(scope="module")
def wallets(tmp_path_factory) -> Path:
    """Wallets that taokit wrote, of development keys that have money."""
    path = tmp_path_factory.mktemp("wallets")
    for name, key in WALLETS.items():
        wallet = Wallet(name, "default", path)
        wallet.save_coldkey(Keypair.from_uri(f"//{key}"), encrypt=False)
        wallet.save_hotkey(Keypair.from_uri(f"//{key}//hot"))
    return path


@pytest.fixture(scope="module")
def ask(chain_url, wallets, tmp_path_factory):
    """Run a script in the peer, connected; its answer."""
    python = python_peer("bittensor==11.3.0")
    home = tmp_path_factory.mktemp("home")

    def ask(script, **request):
        program = f"{CONNECT}try:\n{indent(script, '    ')}\nfinally:\n    chain.close()\n"
        request = {"url": chain_url, "wallets": str(wallets), **request}
        return run_in_peer(python, program, request, {"HOME": str(home)})

    return ask


@pytest.fixture(scope="module")
def subnet(ask) -> int:
    """A subnet that the owner registered and started."""
    found = ask("""
created = run(bt.RegisterSubnet(hotkey_ss58=wallet("owner").hotkey.ss58_address), "owner")
netuid = max(info.netuid for info in chain.subnets.all())
answer([netuid, created, run(bt.StartCall(netuid=netuid), "owner")])
""")
    netuid, created, started = found
    assert created["success"], created
    assert "NetworkAdded" in created["events"]
    assert started["success"], started
    return netuid


def coldkey(wallet: str) -> str:
    return Keypair.from_uri(f"//{WALLETS[wallet]}").ss58_address


def hotkey(wallet: str) -> str:
    return Keypair.from_uri(f"//{WALLETS[wallet]}//hot").ss58_address


def free(chain, address: str) -> int:
    """Rao of an account at the head."""
    return chain.query("System", "Account", address)["data"]["free"]


def test_connects_and_agrees_on_the_chain(ask):
    found = ask("""
answer({"spec": chain.spec_version, "finalized": chain.finalized_block <= chain.block,
        "fast": chain.read("is_fast_blocks"),
        "deposit": chain.balances.existential_deposit().rao})
""")
    assert found == {"spec": 424, "finalized": True, "fast": True, "deposit": 500}


def test_balances_are_read_singly_and_together(ask):
    found = ask(
        """
many = chain.balances.get_many(request["who"])
answer([chain.balances.get(request["who"][0], block=1).rao,
        {who: amount.rao for who, amount in many.items()}])
""",
        who=[coldkey("miner"), NOBODY],
    )
    assert found[0] == 2000 * TAO
    assert set(found[1]) == {coldkey("miner"), NOBODY}
    assert found[1][NOBODY] == 0


def test_a_transfer_costs_what_its_plan_says_and_moves_the_amount(ask, chain):
    to = Keypair.from_uri("//paid").ss58_address
    before = free(chain, coldkey("payer"))
    found = ask(
        """
intent = bt.Transfer(dest_ss58=request["to"], amount_tao="12.5")
plan = chain.plan(intent, wallet("payer"))
answer([plan.fee.rao, run(intent, "payer")])
""",
        to=to,
    )
    planned, done = found
    assert done["success"] is True
    assert abs(planned - done["fee"]) <= 2  # it plans with a shorter era and nonce, a rao a byte
    assert done["events"][-2:] == ["TransactionFeePaid", "ExtrinsicSuccess"]
    assert free(chain, to) == 12_500_000_000
    assert free(chain, coldkey("payer")) == before - 12_500_000_000 - done["fee"]


def test_a_transfer_of_too_much_fails_with_the_reason(ask):
    found = ask("""
answer(run(bt.Transfer(dest_ss58=wallet("owner").coldkeypub.ss58_address, amount_tao=10**7),
           "miner"))
""")
    assert found["success"] is False
    assert "spendable balance cannot cover" in found["message"]


def test_subnets_are_listed_with_their_parameters(ask, subnet):
    found = ask(
        """
parameters = chain.read("subnet_hyperparameters", netuid=request["netuid"])
answer({
    "all": {info.netuid: [info.tempo, info.neuron_count] for info in chain.subnets.all()},
    "one": chain.subnets.info(request["netuid"]).tempo,
    "symbols": chain.read("token_symbols"),
    "cost": chain.read("subnet_registration_cost").rao,
    "parameters": {name: parameters[name] for name in ("tempo", "immunity_period", "kappa")},
    "owner": chain.read("hotkey_owner", hotkey_ss58=request["hotkey"]),
})
""",
        netuid=subnet,
        hotkey=hotkey("owner"),
    )
    assert (found["all"]["0"], found["all"]["1"]) == ([100, 0], [100, 1])
    assert found["all"][str(subnet)][0] == found["one"] == 10
    assert (found["symbols"]["0"], found["symbols"]["1"]) == ("Τ", "α")
    assert found["cost"] > 0
    assert found["parameters"] == {"tempo": 10, "immunity_period": 5000, "kappa": 32767}
    assert found["owner"] == coldkey("owner")


def test_a_neuron_registered_by_a_raw_call_serves_and_is_in_the_metagraph(ask, subnet):
    found = ask(
        """
hotkey = wallet("miner").hotkey.ss58_address
netuid = request["netuid"]
call = bt.calls.SubtensorModule.burned_register(netuid=netuid, hotkey=hotkey)
registered = chain.submit_call(call, wallet("miner"))
served = run(bt.ServeAxon(netuid=netuid, ip="8.8.8.8", port=8091), "miner")
graph = chain.subnets.metagraph(netuid)
answer({
    "registered": registered.success,
    "served": served,
    "uid": chain.read("uid", hotkey_ss58=hotkey, netuid=netuid),
    "neurons": [[n.uid, n.hotkey, n.coldkey, n.axon] for n in graph.neurons],
    "names": [n.hotkey for n in chain.read("neurons", netuid=netuid)],
    "owner": [graph.owner_coldkey, graph.owner_hotkey],
    "raw": chain.read("metagraph", netuid=netuid)["num_uids"],
    "absent": chain.subnets.metagraph(99),
})
""",
        netuid=subnet,
    )
    assert found["registered"] is True
    uid = found["uid"]
    assert uid > 0
    neurons = {row[0]: row[1:] for row in found["neurons"]}
    assert neurons[0] == [hotkey("owner"), coldkey("owner"), None]
    assert found["served"]["success"], found["served"]
    assert neurons[uid] == [hotkey("miner"), coldkey("miner"), "8.8.8.8:8091"]
    assert found["names"] == [neurons[uid][0] for uid in sorted(neurons)]
    assert found["owner"] == [coldkey("owner"), hotkey("owner")]
    assert found["raw"] == len(neurons)
    assert found["absent"] is None


def test_stake_is_added_read_and_removed(ask, chain, subnet):
    before = free(chain, coldkey("staker"))
    found = ask(
        """
target = dict(netuid=request["netuid"], hotkey_ss58=request["hotkey"])
who = wallet("staker").coldkeypub.ss58_address
def held():
    return chain.staking.stake(coldkey_ss58=who, **target).rao
added = run(bt.AddStake(amount_tao=5, slippage_protection=False, **target), "staker")
first = held()
positions = chain.read("stake_for_coldkey", coldkey_ss58=who)
removed = run(bt.RemoveStake(amount_alpha=1, slippage_protection=False, **target), "staker")
dear = run(bt.AddStake(amount_tao=500, rate_tolerance=0.0001, **target), "staker")
emptied = run(bt.UnstakeAll(hotkey_ss58=request["hotkey"]), "staker")
answer({"added": added, "first": first, "removed": removed, "dear": dear, "emptied": emptied,
        "positions": [[p.netuid, p.hotkey] for p in positions], "last": held()})
""",
        netuid=subnet,
        hotkey=hotkey("owner"),
    )
    for step, event in (("added", "StakeAdded"), ("removed", "StakeRemoved")):
        assert found[step]["success"], found[step]
        assert event in found[step]["events"]
    assert found["first"] > 0
    assert found["positions"] == [[subnet, hotkey("owner")]]
    assert found["dear"]["success"] is False
    assert found["emptied"]["success"], found["emptied"]
    assert found["last"] < found["first"]
    fees = sum(found[step]["fee"] for step in ("added", "removed", "emptied"))
    lost = before - free(chain, coldkey("staker"))
    assert fees < lost < fees + TAO  # fees of the swaps


def test_heads_are_streamed_to_the_async_client(ask):
    found = ask("""
import asyncio
async def heads():
    numbers = []
    async with bt.Subtensor(request["url"]) as client:
        async for header in client.blocks():
            numbers.append(header.number)
            if len(numbers) == 3:
                return numbers
answer(asyncio.run(heads()))
""")
    assert found == [found[0], found[0] + 1, found[0] + 2]


def test_reads_work_but_for_what_is_on_record(ask, subnet):
    found = ask(
        """
import re
works, fails = [], {}
for read in chain.reads():
    arguments = {name: value for name, value in request["values"].items() if name in read["params"]}
    try:
        chain.read(read["name"], **arguments)
        works.append(read["name"])
    except Exception as refused:
        missing = re.search(r"storage function (\\S+) not found|Call '(\\w+)\\.", str(refused))
        what = missing.group(1) or missing.group(2) if missing else repr(refused)
        fails.setdefault(what, []).append(read["name"])
answer([works, fails])
""",
        values={
            "account_ss58": coldkey("owner"),
            "amount_alpha": 1.0,
            "amount_tao": 1.0,
            "block": 1,
            "call_hash": "0x" + "00" * 32,
            "coldkey_ss58": coldkey("owner"),
            "coldkey_ss58s": [coldkey("owner"), coldkey("payer")],
            "crowdloan_id": 0,
            "hotkey_ss58": hotkey("owner"),
            "hotkey_ss58s": [hotkey("owner")],
            "lease_id": 0,
            "netuid": subnet,
            "netuids": [1, subnet],
            "uid": 0,
        },
    )
    works, fails = found
    assert {what: set(names) for what, names in fails.items()} == NEWER
    assert len(works) >= 85


@pytest.mark.parametrize(
    ("intent", "wallet", "asks_for"),
    [
        ("bt.BurnedRegister(netuid=1)", "payer", "SubtensorModule.CollateralLockShare"),
        (
            "bt.SetWeights(netuid=1, weights={0: 1.0})",
            "payer",
            "SubtensorModule.SubnetEpochConsensus",
        ),
    ],
)
def test_intents_for_a_newer_runtime_stop_before_anything_is_sent(
    ask, chain, intent, wallet, asks_for
):
    before = free(chain, coldkey(wallet))
    said = ask(f"""
try:
    run({intent}, "{wallet}")
except Exception as refused:
    answer(str(refused))
""")
    assert f"storage function {asks_for} not found" in said
    assert free(chain, coldkey(wallet)) == before
