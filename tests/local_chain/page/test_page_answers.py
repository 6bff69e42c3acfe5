"""What the page asks the node for, and the HTTP that brings it: files, types, tags, metrics."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import RpcError
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.transfers import Transfer
from taokit.local_chain import LocalChain, NodeConfig
from taokit.local_chain.insight.typed import reader_of
from taokit.local_chain.page.field_names import field_names
from taokit.local_chain.page.files import page_files
from taokit.local_chain.rpc.access import AccessPolicy

MINERS = 5


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    """A chain with one subnet that works, and its weights set."""
    with LocalChain() as made:
        subnet = made.subnet(validators=2, miners=MINERS, commit_reveal=False, tempo=10)
        for validator in subnet.validators:
            shares = {miner.uid: 0.1 * (at + 1) for at, miner in enumerate(subnet.miners)}
            subnet.set_weights(validator, shares)
        made.travel(epochs=2, netuid=subnet.netuid)
        yield made


@pytest.fixture(scope="module")
def port(chain: LocalChain) -> int:
    return int(chain.serve().rpartition(":")[2])


def ask(chain: LocalChain, method: str, *params: Any) -> Any:
    client = chain.client()
    return client.run(lambda found: found.transport.send(method, list(params)))


def get(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


# -- HTTP ----------------------------------------------------------------------------------------


def test_a_browser_gets_the_page_and_everybody_else_a_hint(port: int) -> None:
    status, headers, page = get(port, "/", Accept="text/html,*/*;q=0.8")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.startswith("<!doctype html>")
    status, headers, hint = get(port, "/", Accept="*/*")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "JSON-RPC" in hint
    assert len(hint.splitlines()) <= 6


def test_the_page_may_load_nothing_from_elsewhere_nor_run_text(port: int) -> None:
    _, headers, page = get(port, "/", Accept="text/html")
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page)
    assert not re.search(r"https?://", page)


def test_every_file_that_is_named_is_there_with_its_type(port: int) -> None:
    _, _, page = get(port, "/", Accept="text/html")
    wanted = {name.removeprefix("/page/") for name in re.findall(r'(?:href|src)="(/[^"]+)"', page)}
    seen: set[str] = set()
    while wanted - seen:
        name = (wanted - seen).pop()
        seen.add(name)
        status, headers, body = get(port, f"/page/{name}")
        assert status == 200, name
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert headers["content-type"].startswith(kind[name.rpartition(".")[2]])
        wanted |= set(re.findall(r'from "\./([^"]+)"', body))
    assert seen == set(page_files()) - {"index.html"}


def test_what_a_browser_has_already_is_not_sent_again(port: int) -> None:
    _, headers, body = get(port, "/page/app.js")
    assert len(body) > 1000
    status, again, nothing = get(port, "/page/app.js", If_None_Match=f'"other", {headers["etag"]}')
    assert (status, nothing, again["etag"]) == (304, "", headers["etag"])
    assert get(port, "/page/app.js", If_None_Match='"other"')[0] == 200
    status, head, nothing = get(port, "/page/app.js", "HEAD")
    assert (status, nothing, head["content-length"]) == (200, "", str(len(body.encode())))


@pytest.mark.parametrize("path", ["/page/", "/page/../__init__.py", "/page/files.py", "/other"])
def test_nothing_else_is_served(port: int, path: str) -> None:
    assert get(port, path)[0] == 404


def test_the_page_is_as_guarded_as_the_rest(port: int) -> None:
    assert get(port, "/", Accept="text/html", Host="evil.example")[0] == 403
    assert get(port, "/metrics", Origin="https://evil.example")[0] == 403


def test_without_development_methods_the_page_is_there_and_reads_only() -> None:
    config = NodeConfig(ports=(), block_time="manual", dev_methods=False)
    with LocalChain(config) as plain:
        port = int(plain.serve().rpartition(":")[2])
        status, headers, page = get(port, "/", Accept="text/html")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "/page/app.js" in page
        assert get(port, "/page/app.js")[0] == 200
        assert ask(plain, "taokit_overview")["number"] == 0
        with pytest.raises(RpcError) as refused:
            ask(plain, "dev_explain", 1)
        assert refused.value.detail == "cheat_refused", "by which the page knows what to say"


# -- metrics -------------------------------------------------------------------------------------


def samples(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    status, headers, text = get(port, "/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_blocks_transactions_and_requests(chain: LocalChain, port: int) -> None:
    chain.mine()  # intervals are counted from the first block that the server sees
    before = samples(port)
    chain.client().submit(
        Transfer(to=chain.accounts.bob.ss58_address, amount=Tao.parse("1")), chain.accounts.alice
    )
    chain.mine(3)
    with pytest.raises(RpcError):
        ask(chain, "state_getStorage", "no hex")
    after = samples(port)

    def grown(name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return after[key] - before.get(key, 0)

    assert after["taokit_block_height", ()] == chain.height
    assert grown("taokit_blocks_total") == 4
    assert grown("taokit_block_seal_seconds_count") == 4
    assert grown("taokit_block_interval_seconds_bucket", le="+Inf") == 4
    assert grown("taokit_extrinsics_total", kind="signed") == 1
    assert grown("taokit_extrinsics_total", kind="unsigned") >= 8
    assert grown("taokit_rpc_errors_total", method="state_getStorage") == 1
    assert grown("taokit_rpc_request_seconds_count", method="state_getStorage") >= 1
    assert after["taokit_rpc_connections", (("kind", "http"),)] >= 1
    assert after["taokit_state_keys", ()] > 100
    assert after["process_cpu_seconds_total", ()] > 0


def test_going_back_is_counted(chain: LocalChain, port: int) -> None:
    before = samples(port)["taokit_reverts_total", ()]
    with chain.anchor():
        chain.mine()
        assert samples(port)["taokit_snapshots", ()] == 1
    after = samples(port)
    assert after["taokit_reverts_total", ()] == before + 1
    assert after["taokit_snapshots", ()] == 0


# -- what the page asks for ----------------------------------------------------------------------


def test_a_transfer_is_told_with_its_call_fee_and_events(chain: LocalChain) -> None:
    alice, bob = chain.accounts.alice, chain.accounts.bob
    chain.client().submit(Transfer(to=bob.ss58_address, amount=Tao.parse("2.5")), alice)
    newest = ask(chain, "taokit_blocks", None, 1)[0]
    assert newest["signed"] == [
        {
            "index": newest["signed"][0]["index"],
            "signer": alice.ss58_address,
            "pallet": "Balances",
            "call": "transfer_keep_alive",
            "ok": True,
            "error": None,
        }
    ]
    block = ask(chain, "taokit_block", newest["number"])
    told = block["extrinsics"][newest["signed"][0]["index"]]
    assert told["args"]["value"] == {"$": "amount", "rao": 2_500_000_000, "unit": "TAO"}
    assert told["args"]["dest"] == {"Id": bob.ss58_address}
    assert told["fee"]["rao"] > 0
    moved = next(event for event in told["events"] if event["name"] == "Transfer")
    assert moved["fields"]["amount"]["rao"] == 2_500_000_000
    events = ask(chain, "taokit_events", 50)["events"]
    assert events[0]["block"] == newest["number"]
    assert any(event["name"] == "Transfer" for event in events)


def told_of(chain: LocalChain, call: Call, signer: Any) -> dict[str, Any]:
    """The extrinsic of a call as the page has it."""
    chain.client().submit(call, signer)
    newest = ask(chain, "taokit_blocks", None, 1)[0]
    block = ask(chain, "taokit_block", newest["number"])
    return dict(block["extrinsics"][newest["signed"][0]["index"]])


def test_amounts_have_the_unit_that_their_types_say(chain: LocalChain) -> None:
    bob, hotkey = chain.accounts.bob, ask(chain, "taokit_subnet", 2)["neurons_table"][1]["hotkey"]
    into = {"hotkey": hotkey, "netuid": 2, "amount_staked": 5_000_000_000}
    staked = told_of(chain, Call("SubtensorModule", "add_stake", into), bob)
    assert staked["args"]["netuid"] == 2, "no amount, though a number as well"
    assert staked["args"]["amount_staked"]["unit"] == "TAO"
    added = next(one for one in staked["events"] if one["name"] == "StakeAdded")["fields"]
    assert list(added) == ["coldkey", "hotkey", "tao", "alpha", "netuid", "fee"]
    assert [added[name]["unit"] for name in ("tao", "alpha", "fee")] == ["TAO", "alpha", "TAO"]
    assert added["alpha"]["rao"] > 0
    out = {"hotkey": hotkey, "netuid": 2, "amount_unstaked": 1_000_000_000}
    unstaked = told_of(chain, Call("SubtensorModule", "remove_stake", out), bob)
    assert unstaked["args"]["amount_unstaked"] == {"$": "amount", "rao": 10**9, "unit": "alpha"}
    removed = next(one for one in unstaked["events"] if one["name"] == "StakeRemoved")["fields"]
    assert removed["fee"]["unit"] == "alpha"
    of_root = Call("SubtensorModule", "remove_stake", {**out, "netuid": 0})
    assert told_of(chain, of_root, bob)["args"]["amount_unstaked"]["unit"] == "TAO"


def test_calls_within_calls_texts_and_errors_are_told_as_such(chain: LocalChain) -> None:
    alice, bob = chain.accounts.alice, chain.accounts.bob
    value = {"dest": {"Id": bob.ss58_address}, "value": 7}
    calls = [
        Call("Balances", "transfer_keep_alive", value),
        Call("System", "remark", {"remark": "für dich".encode()}),
        Call("System", "remark", {"remark": b"\xff\x00"}),
        Call("SubtensorModule", "start_call", {"netuid": 99}),
    ]
    told = told_of(chain, Call("Utility", "batch", {"calls": calls}), alice)
    first, second, third, _ = told["args"]["calls"]
    assert (first["$"], first["pallet"], first["call"]) == (
        "call",
        "Balances",
        "transfer_keep_alive",
    )
    assert first["args"]["value"]["rao"] == 7
    assert second["args"]["remark"] == {"$": "text", "text": "für dich"}
    assert third["args"]["remark"] == "0xff00"
    stopped = next(one for one in told["events"] if one["name"] == "BatchInterrupted")
    assert stopped["fields"]["error"]["error"].startswith("SubtensorModule.")
    moment = ask(chain, "taokit_block", chain.height)["extrinsics"][0]["args"]["now"]
    assert moment == {"$": "moment", "ms": ask(chain, "taokit_overview")["timestamp"]}


def test_every_event_of_the_runtime_has_a_name_for_each_field(chain: LocalChain) -> None:
    metadata = reader_of(chain.node.chain).metadata
    for pallet in metadata.pallets.values():
        for name, event in pallet.events.items():
            if event.fields and event.fields[0].name is None:
                names = field_names(name, len(event.fields))
                assert len(set(names)) == len(event.fields), name
                assert pallet.name != "SubtensorModule" or not names[0].isdecimal(), name


def test_a_mechanism_has_its_own_weights_and_incentive(chain: LocalChain) -> None:
    with chain.anchor():
        subnet = chain.subnet(
            validators=1, miners=2, commit_reveal=False, tempo=10, max_allowed_uids=64
        )
        netuid, validator = subnet.netuid, subnet.validators[0]
        count = {"netuid": netuid, "mechanism_count": 2}
        two = Call("AdminUtils", "sudo_set_mechanism_count", count)
        chain.client().submit(Call("Sudo", "sudo", {"call": two}), chain.accounts.alice)
        subnet.set_weights(validator, {subnet.miners[0].uid: 1.0})
        other = {"netuid": netuid, "mecid": 1, "dests": [subnet.miners[1].uid], "weights": [65535]}
        call = Call("SubtensorModule", "set_mechanism_weights", {**other, "version_key": 0})
        chain.client().submit(call, validator.hotkey).raise_for_failure()
        subnet.run_epoch()
        best = {}
        for mechanism in (0, 1):
            found = ask(chain, "taokit_subnet", netuid, mechanism)
            assert (found["mechanism"], found["mechanisms"]) == (mechanism, 2)
            rows = ask(chain, "taokit_matrix", netuid, "weights", mechanism)["rows"]
            ((_, columns, _),) = rows
            best[mechanism] = columns
            assert found["neurons_table"][columns[0]]["incentive"] == pytest.approx(1, abs=1e-3)
        assert best == {0: [subnet.miners[0].uid], 1: [subnet.miners[1].uid]}
        assert ask(chain, "taokit_subnet", netuid, 2) is None
        events = ask(chain, "taokit_events", 1000)["events"]
        paid = [one["fields"] for one in events if one["name"] == "IncentiveAlphaEmittedToMiners"]
        assert {"$": "mechanism", "netuid": netuid, "mechanism": 1} in [f["netuid"] for f in paid]
        assert paid[0]["emissions"][0]["unit"] == "alpha"


def test_a_call_that_failed_is_told_with_its_error(chain: LocalChain) -> None:
    poor = chain.accounts.fresh(tao=1)
    call = Call("SubtensorModule", "start_call", {"netuid": 99})
    chain.client().submit(call, poor)
    (told,) = ask(chain, "taokit_blocks", None, 1)[0]["signed"]
    assert not told["ok"]
    assert re.fullmatch(r"SubtensorModule\.\w+", told["error"])


def test_a_subnet_is_told_as_its_storage_holds_it(chain: LocalChain) -> None:
    found = ask(chain, "taokit_subnet", 2)
    assert found["neurons"] == len(found["neurons_table"]) == MINERS + 3
    assert sum(one["incentive"] for one in found["neurons_table"]) == pytest.approx(1, abs=0.01)
    best = max(found["neurons_table"], key=lambda one: one["incentive"])
    assert best["uid"] == MINERS + 2
    rows = ask(chain, "taokit_matrix", 2, "weights")["rows"]
    assert [uid for uid, _, _ in rows] == [1, 2]
    assert rows[0][2][-1] == 65535
    assert ask(chain, "taokit_matrix", 2, "bonds")["rows"]
    assert ask(chain, "taokit_subnet", 99) is None
    rate = ask(chain, "swap_currentAlphaPrice", 2)
    (row,) = [row for row in ask(chain, "taokit_subnets") if row["netuid"] == 2]
    assert row["price"] * 1e9 == pytest.approx(rate, abs=1)


def test_the_stamp_of_a_subnet_changes_with_an_epoch_only(chain: LocalChain) -> None:
    before = ask(chain, "taokit_subnet", 2)["stamp"]
    assert ask(chain, "taokit_subnet", 2)["stamp"] == before
    chain.travel(epochs=1, netuid=2)
    assert ask(chain, "taokit_subnet", 2)["stamp"] != before


def test_a_series_ends_now_and_holds_what_was_then(chain: LocalChain) -> None:
    chain.mine(30)
    found = ask(chain, "taokit_series", [2, 99], 20)
    assert len(found["blocks"]) <= 21
    assert found["blocks"][-1] == chain.height
    assert not any(found["subnets"]["99"])
    values = found["subnets"]["2"]
    assert len(values) == len(found["blocks"])
    assert values[0] is None, "there was no such subnet at genesis"
    (row,) = [row for row in ask(chain, "taokit_subnets") if row["netuid"] == 2]
    latest = dict(zip(found["fields"], values[-1]))
    assert latest["price"] == pytest.approx(row["price"])
    assert latest["alpha_out"] == pytest.approx(int(row["alpha_out"]) / 1e9)
    one = ask(chain, "taokit_series", [2], 200, chain.height)
    assert one["blocks"] == [chain.height]


def test_a_series_read_before_going_back_is_not_told_after_it(chain: LocalChain) -> None:
    with chain.anchor():
        chain.mine(5)
        before = ask(chain, "taokit_series", [2], 20)["blocks"][-1]
    after = ask(chain, "taokit_series", [2], 20)
    assert after["blocks"][-1] == before - 5
    assert len(after["subnets"]["2"]) == len(after["blocks"])


def test_blocks_that_were_leapt_over_are_not_told(chain: LocalChain) -> None:
    with chain.anchor():
        before = chain.height
        chain.travel(blocks=3_000, leap=True)
        told = [one["number"] for one in ask(chain, "taokit_blocks", None, 100)]
        assert told[0] == chain.height == before + 3_000
        found = [ask(chain, "taokit_block", number)["before"] for number in told[:-1]]
        assert found == told[1:]
        gap = next(at for at, (later, earlier) in enumerate(pairwise(told)) if later - earlier > 1)
        with pytest.raises(RpcError, match="UnknownBlock"):
            ask(chain, "taokit_block", told[gap] - 1)
        assert ask(chain, "taokit_events", 1000)["newest"] == chain.height
        assert ask(chain, "taokit_series", [2], 50)["blocks"][-1] == chain.height


def test_accounts_are_the_known_ones_and_those_asked_for(chain: LocalChain) -> None:
    fresh = chain.accounts.fresh(tao=7)
    told = {one["address"]: one for one in ask(chain, "taokit_accounts", [fresh.ss58_address])}
    assert told[fresh.ss58_address]["free"] == 7_000_000_000
    assert told[fresh.ss58_address]["name"] is None
    assert told[chain.accounts.alice.ss58_address]["name"] == "Alice"
    names = ask(chain, "taokit_overview")["names"]
    assert names[chain.accounts.bob.ss58_address] == "Bob"


def test_numbers_that_a_browser_would_round_come_as_text(chain: LocalChain) -> None:
    fresh = chain.accounts.fresh(tao=0)
    chain.fund(fresh.ss58_address, 9_100_000)
    told = ask(chain, "taokit_accounts", [fresh.ss58_address])[-1]
    assert told["free"] == "9100000000000000"
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("taokit_blocks", [None, 101]),
        ("taokit_events", [1001]),
        ("taokit_series", [[2], 0]),
        ("taokit_series", [[2], 201]),
        ("taokit_matrix", [2, "stakes"]),
        ("taokit_block", [10**6]),
    ],
)
def test_asking_for_too_much_is_refused(chain: LocalChain, method: str, params: list[Any]) -> None:
    with pytest.raises(RpcError):
        ask(chain, method, *params)


@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("192.168.1.5:9944", "http://192.168.1.5:9944", True),
        ("[fd00::5]:9944", "http://[fd00::5]:9944", True),
        ("192.168.1.5:9944", "http://192.168.1.5:8080", False),
        ("192.168.1.5:9944", "http://192.168.1.6:9944", False),
        # A name that its owner lets lead here is no proof that the page came from here.
        ("rebound.example:9944", "http://rebound.example:9944", False),
    ],
)
def test_a_node_for_others_lets_in_its_own_page_by_number(
    host: str, origin: str, let_in: bool
) -> None:
    assert (AccessPolicy(hosts=None).refusal(host, origin) is None) is let_in
    assert AccessPolicy(hosts=()).refusal(host, origin) is not None, "this node is localhost"
