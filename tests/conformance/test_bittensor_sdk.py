"""bittensor 11.3.0, made for a newer runtime than 424, and its btcli, against the chain.

What it asks for and does not find is compared to `docs/compatibility.md`'s list, so that neither
a lost ability nor a gained one passes unnoticed.
"""

from __future__ import annotations

import json
import os
import subprocess
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

def coldkey(name):
    return wallet(name).coldkeypub.ss58_address

def hotkey(name):
    return wallet(name).hotkey.ss58_address

def sudo(call):
    done = chain.submit_call(bt.calls.Sudo.sudo(call=chain.compose(call)), wallet("owner"))
    assert done.success, done.message

def run(intent, name, **options):
    return told(chain.execute(intent, wallet(name), **options))

def told(result):
    return {
        "success": result.success,
        "message": result.message,
        "id": result.extrinsic_id,
        "fee": None if result.fee is None else result.fee.rao,
        "events": [event["event"]["event_id"] for event in result.events],
        "tao": sum(
            event["event"]["attributes"][2] * {"StakeAdded": 1, "StakeRemoved": -1}[name]
            for event in result.events
            if (name := event["event"]["event_id"]) in ("StakeAdded", "StakeRemoved")
        ),
        "data": result.data,
    }
"""

# Reads of runtimes newer than 424, by what they ask for.
NEWER = {"BetaBasketRuntimeApi": {"basket_trading_status"}}


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
    # Dividends may come in between: what was got back is told by the events.
    spent = sum(found[step]["fee"] + found[step]["tao"] for step in ("added", "removed", "emptied"))
    lost = before - free(chain, coldkey("staker"))
    assert 0 < lost - spent < TAO // 100  # the fee of the one that the chain refused


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
    assert len(works) >= 101


def test_calls_of_a_newer_runtime_stop_before_anything_is_sent(ask, chain):
    before = free(chain, coldkey("payer"))
    said = ask("""
def refusal(intent):
    try:
        return str(run(intent, "payer"))
    except Exception as refused:
        return str(refused)
answer([refusal(bt.StakeIntoBasket(hotkey_ss58=hotkey("owner"), amount_tao=1)),
        refusal(bt.ClaimRootWithHotkey(hotkey_ss58=hotkey("owner")))])
""")
    assert "stake_into_basket" in said[0]
    assert "claim_root_with_hotkey" in said[1]
    assert free(chain, coldkey("payer")) == before


def test_weights_are_set_plainly_and_committed_under_a_timelock(ask, chain, subnet):
    found = ask(
        """
netuid = request["netuid"]
registered = run(bt.BurnedRegister(netuid=netuid), "payer")
set_weights = bt.SetWeights(netuid=netuid, weights={0: 1.0, 1: 0.5})
admin = bt.calls.AdminUtils
sudo(admin.sudo_set_admin_freeze_window(window=0))
# With epochs of 3 seconds the round that the client seals for may have passed on arrival.
sudo(admin.sudo_set_tempo(netuid=netuid, tempo=360))
sudo(admin.sudo_set_weights_set_rate_limit(netuid=netuid, weights_set_rate_limit=10_000))
try:
    early = run(set_weights, "owner")
except Exception as refused:
    early = str(refused)
sudo(admin.sudo_set_weights_set_rate_limit(netuid=netuid, weights_set_rate_limit=0))
sealed = run(set_weights, "owner")
commits = chain.read("timelocked_weight_commits", netuid=netuid)
sudo(admin.sudo_set_commit_reveal_weights_enabled(netuid=netuid, enabled=False))
plain = run(set_weights, "owner")
answer({"registered": registered, "early": early, "sealed": sealed, "commits": str(commits),
        "plain": plain, "weights": chain.read("weights", netuid=netuid)})
""",
        netuid=subnet,
    )
    assert found["registered"]["success"], found["registered"]
    assert "NeuronRegistered" in found["registered"]["events"]  # it came encrypted
    assert "the rate limit is 10000 blocks" in found["early"]
    assert found["sealed"]["success"], found["sealed"]
    assert found["sealed"]["events"][0] == "TimelockedWeightsCommitted"
    assert hotkey("owner") in found["commits"]
    assert found["plain"]["success"], found["plain"]
    assert found["plain"]["events"][0] == "WeightsSet"
    weights = found["weights"]["0"]
    assert [weights["0"], weights["1"]] == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    row = dict(chain.query("SubtensorModule", "Weights", subnet, 0))
    assert row == {0: 65535, 1: 32768}


def test_root_is_registered_on_staked_to_and_left_again(ask, chain):
    before = free(chain, coldkey("staker"))
    found = ask(
        """
sudo(bt.calls.AdminUtils.sudo_set_admin_freeze_window(window=0))
sudo(bt.calls.AdminUtils.sudo_set_subtoken_enabled(netuid=0, subtoken_enabled=True))
root = dict(netuid=0, hotkey_ss58=hotkey("staker"))
steps = [
    run(bt.RootRegister(hotkey_ss58=hotkey("staker")), "staker"),
    run(bt.AddStake(amount_tao=50, **root), "staker"),
    run(bt.RemoveStake(amount_alpha=10, **root), "staker"),
]
held = chain.staking.stake(coldkey_ss58=coldkey("staker"), **root).rao
steps.append(run(bt.RemoveStake(amount_alpha="all", **root), "staker"))
left = chain.staking.stake(coldkey_ss58=coldkey("staker"), **root).rao
answer([steps, held, left])
"""
    )
    steps, held, left = found
    assert [step["success"] for step in steps] == [True, True, True, True]
    assert (held, left) == (40 * TAO, 0)
    assert free(chain, coldkey("staker")) == before - sum(step["fee"] for step in steps)


def test_stake_is_moved_swapped_and_transferred(ask, chain, subnet):
    found = ask(
        """
near = request["netuid"]
created = run(bt.RegisterSubnet(hotkey_ss58=hotkey("payer")), "payer")
far = created["data"]["netuid"]
run(bt.StartCall(netuid=far), "payer")
mine, theirs = hotkey("owner"), hotkey("payer")
from_to = dict(origin_netuid=near, dest_netuid=far, amount_alpha=2)
steps = [
    run(bt.AddStake(netuid=near, hotkey_ss58=mine, amount_tao=20), "staker"),
    run(bt.MoveStake(origin_hotkey_ss58=mine, dest_hotkey_ss58=theirs,
                     origin_netuid=near, dest_netuid=near, amount_alpha=2), "staker"),
    run(bt.SwapStake(hotkey_ss58=mine, **from_to), "staker"),
    run(bt.TransferStake(dest_coldkey_ss58=coldkey("miner"), hotkey_ss58=mine,
                         origin_netuid=near, dest_netuid=near, amount_alpha=2), "staker"),
    run(bt.MoveSwapStake(origin_hotkey_ss58=mine, dest_hotkey_ss58=theirs, **from_to), "staker"),
]
def held(who, hot, netuid):
    return chain.staking.stake(coldkey_ss58=coldkey(who), hotkey_ss58=hot, netuid=netuid).rao
answer([steps, held("staker", theirs, near), held("staker", mine, far),
        held("miner", mine, near), held("staker", theirs, far)])
""",
        netuid=subnet,
    )
    steps, *held = found
    events = ["StakeAdded", "StakeMoved", "StakeSwapped", "StakeTransferred", "BatchCompleted"]
    for step, event in zip(steps, events, strict=True):
        assert step["success"], step
        assert event in step["events"]
    for amount in held:
        assert amount == pytest.approx(2 * TAO, rel=0.1)


def test_proxies_act_within_their_kind_until_they_are_removed(ask, chain):
    to = Keypair.from_uri("//by-proxy").ss58_address
    found = ask(
        """
proxy = dict(delegate_ss58=coldkey("miner"), proxy_type="Transfer")
send = bt.Transfer(dest_ss58=request["to"], amount_tao="1.5")
stake = bt.AddStake(netuid=1, hotkey_ss58=hotkey("owner"), amount_tao=5)
steps = [run(bt.AddProxy(**proxy), "payer")]
listed = chain.read("proxies", coldkey_ss58=coldkey("payer"))["proxies"]
steps += [
    run(send, "miner", proxy_for=coldkey("payer")),
    run(stake, "miner", proxy_for=coldkey("payer")),
    run(bt.RemoveProxy(**proxy), "payer"),
]
after = chain.read("proxies", coldkey_ss58=coldkey("payer"))["proxies"]
steps.append(run(send, "miner", proxy_for=coldkey("payer")))
pure = run(bt.CreatePureProxy(), "payer")
answer([steps, listed, after, pure])
""",
        to=to,
    )
    steps, listed, after, pure = found
    assert [step["success"] for step in steps] == [True, True, False, True, False]
    assert listed == [{"delegate": coldkey("miner"), "proxy_type": "Transfer", "delay": 0}]
    assert after == []
    assert free(chain, to) == 1_500_000_000
    assert "PureCreated" in pure["events"]
    assert pure["data"]["spawner"] == coldkey("payer")


def test_a_multisig_approves_and_executes(ask, chain):
    to = Keypair.from_uri("//by-multisig").ss58_address
    found = ask(
        """
members = [coldkey(name) for name in ("owner", "payer", "miner")]
account = chain.multisig(members, 2)
run(bt.Transfer(dest_ss58=account.address, amount_tao="10"), "owner")
call = {"op": "transfer", "dest_ss58": request["to"], "amount_tao": "1"}
others = lambda name: [member for member in members if member != coldkey(name)]
opened = run(bt.MultisigApprove(threshold=2, other_signatories=others("owner"), call=call), "owner")
height, index = map(int, opened["id"].split("-"))
pending = chain.read("multisig", account_ss58=account.address,
                     call_hash=opened["data"]["multisig_call_hash"])
executed = run(bt.MultisigExecute(
    threshold=2, other_signatories=others("payer"), call=call,
    timepoint={"height": height, "index": index},
), "payer")
raw = bt.calls.Balances.transfer_keep_alive(dest=request["to"], value=500_000)
approvals = [told(account.approve(raw, wallet(name))) for name in ("owner", "miner")]
answer([opened, pending["approvals"], executed, approvals])
""",
        to=to,
    )
    opened, pending, executed, approvals = found
    assert "NewMultisig" in opened["events"]
    assert pending == [coldkey("owner")]
    assert "MultisigExecuted" in executed["events"]
    assert [step["success"] for step in approvals] == [True, True]
    assert "MultisigExecuted" in approvals[1]["events"]
    assert free(chain, to) == TAO + 500_000


def test_crowdloans_are_finalized_or_refunded(ask, chain):
    to = Keypair.from_uri("//crowdloan").ss58_address
    found = ask(
        """
def create():
    count = len(chain.read("crowdloans"))
    step = run(bt.CreateCrowdloan(deposit_tao=20, min_contribution_tao=1, cap_tao=100,
                                  end=chain.block + 1000, target_ss58=request["to"]), "owner")
    return dict(crowdloan_id=count), step
full, created = create()
steps = [created, run(bt.ContributeCrowdloan(amount_tao=80, **full), "payer"),
         run(bt.FinalizeCrowdloan(**full), "owner")]
poor, created = create()
steps += [created, run(bt.ContributeCrowdloan(amount_tao=8, **poor), "payer"),
          run(bt.ContributeCrowdloan(amount_tao=7, **poor), "miner"),
          run(bt.WithdrawCrowdloan(**poor), "miner"), run(bt.RefundCrowdloan(**poor), "owner"),
          run(bt.DissolveCrowdloan(**poor), "owner")]
answer([steps, chain.read("crowdloan", **full)["finalized"], len(chain.read("crowdloans"))])
""",
        to=to,
    )
    steps, finalized, count = found
    for step in steps:
        assert step["success"], step
    assert (finalized, count) == (True, 1)
    assert free(chain, to) == 100 * TAO


def test_children_and_identities_are_set_and_read(ask, subnet):
    found = ask(
        """
netuid = request["netuid"]
steps = [
    run(bt.SetChildren(netuid=netuid, children=[(0.25, hotkey("miner"))]), "owner"),
    run(bt.SetIdentity(name="somebody", url="https://example.com"), "owner"),
    run(bt.SetSubnetIdentity(netuid=netuid, subnet_name="here", discord="d"), "owner"),
]
answer([steps, chain.read("pending_children", hotkey_ss58=hotkey("owner"), netuid=netuid),
        chain.read("identity", coldkey_ss58=coldkey("owner")),
        chain.read("subnet_identity", netuid=netuid),
        chain.read("total_alpha_staked", netuid=netuid).rao])
""",
        netuid=subnet,
    )
    steps, children, identity, subnet_identity, staked = found
    for step in steps:
        assert step["success"], step
    assert children["children"] == [[2**62, hotkey("miner")]]
    assert (identity["name"], identity["url"]) == ("somebody", "https://example.com")
    assert (subnet_identity["subnet_name"], subnet_identity["discord"]) == ("here", "d")
    assert staked > 0


@pytest.fixture
def btcli(chain_url, wallets, tmp_path):
    """Run the peer's btcli as a wallet; the JSON that it prints."""
    program = python_peer("bittensor==11.3.0").with_name("btcli")

    def btcli(wallet, *words):
        command = [program, "-n", chain_url, "--wallet-path", wallets, "-w", wallet, "--json", "-y"]
        done = subprocess.run(
            [*map(str, command), *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
            env={**os.environ, "HOME": str(tmp_path), "NO_COLOR": "1"},
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    return btcli


def test_btcli_shows_balances_and_subnets_and_stakes(btcli, chain, subnet):
    rich = btcli("payer", "wallet", "balance")
    assert rich["free_tao"] == free(chain, coldkey("payer")) / TAO
    assert rich["beta_tokens"] == 0
    shown = btcli("payer", "subnets", "show", str(subnet))
    assert (shown["netuid"], shown["owner_hotkey"]) == (subnet, hotkey("owner"))
    to = ["--netuid", str(subnet), "--hotkey", hotkey("owner")]
    staked = btcli("payer", "stake", "add", *to, "--amount-tao", "3")
    assert staked["success"], staked
    assert staked["data"]["shielded"] is True
    positions = btcli("payer", "stake", "list")
    assert hotkey("owner") in [row["hotkey"] for row in positions if row["netuid"] == subnet]
