"""Extrinsics: the bytes that are signed and sent, nonces under way, and what follows."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager

import pytest
from recorded_chain import RecordedChain, Refusal, blake2, metadata

from taokit.chain_client import Call, ChainClient, InProcessTransport, Tao, Terms, to_json
from taokit.chain_client.errors import (
    ConnectionFailed,
    ConnectionLost,
    DispatchFailed,
    EncodeError,
    InvalidArgument,
    NotIncluded,
    OutcomePending,
    PoolRejected,
    RpcError,
    UnknownName,
    UnsupportedExtension,
    WrongChain,
)
from taokit.chain_client.extrinsics.extensions import Signing, extension_bytes
from taokit.chain_client.extrinsics.signing import signing_payload
from taokit.chain_client.scale import Era
from taokit.wallet import CryptoType, Keypair, dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")
REMARK = Call("System", "remark", {"remark": b"hello"})
OK_INFO = {
    "weight": {"ref_time": 1_000, "proof_size": 10},
    "class": "Normal",
    "pays_fee": "Yes",
}
SUCCESS = {"System": {"ExtrinsicSuccess": {"dispatch_info": OK_INFO}}}
FEE = {
    "TransactionPayment": {
        "TransactionFeePaid": {"who": ALICE.ss58_address, "actual_fee": 1234, "tip": 0}
    }
}
VALID = {"priority": 9, "requires": [], "provides": [], "longevity": 64, "propagate": True}


def failed(error) -> dict:
    return {"System": {"ExtrinsicFailed": {"dispatch_error": error, "dispatch_info": OK_INFO}}}


def module_error(pallet: str, name: str) -> dict:
    found = metadata().pallets[pallet]
    return {"Module": {"index": found.index, "error": bytes([found.errors[name].index, 0, 0, 0])}}


@asynccontextmanager
async def connected(chain: RecordedChain):
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        yield client


# -- bytes ----------------------------------------------------------------------------------------


async def test_the_extensions_are_those_that_peers_send():
    # Era of 128 blocks at block 100, nonce 5, no tip, no metadata hash: as recorded from the
    # ecosystem's other clients against this runtime.
    async with connected(RecordedChain()) as client:
        signing = Signing(5, Era.mortal(128, current=100), "0x" + "22" * 32)
        extra, implicit = extension_bytes(client.runtime, signing)
    assert extra == bytes.fromhex("4606140000")
    genesis = bytes.fromhex(client.runtime.genesis_hash[2:])
    versions = (424).to_bytes(4, "little") + (1).to_bytes(4, "little")
    assert implicit == versions + genesis + b"\x22" * 32 + b"\x00"


async def test_a_short_payload_is_signed_as_it_is_and_a_long_one_by_its_hash():
    async with connected(RecordedChain()) as client:
        signing = Signing(0, Era(), client.runtime.genesis_hash)
        extra, implicit = extension_bytes(client.runtime, signing)
        room = 256 - len(extra + implicit)
        short = signing_payload(client.runtime, bytes(room), signing)
        long = signing_payload(client.runtime, bytes(room + 1), signing)
    assert short == bytes(room) + extra + implicit
    whole = bytes(room + 1) + extra + implicit
    assert long == hashlib.blake2b(whole, digest_size=32).digest()


@pytest.mark.parametrize("scheme", [CryptoType.SR25519, CryptoType.ED25519])
async def test_a_sent_extrinsic_has_the_wire_format_and_a_signature_that_verifies(scheme):
    chain = RecordedChain()
    for _ in range(101):
        chain.seal()
    signer = Keypair.from_uri("//Wire", crypto_type=scheme)
    chain.next_index[signer.ss58_address] = 5
    async with connected(chain) as client:
        sent = await client.send(REMARK, signer, Terms(tip=7, period=128), watch=False)
        runtime = client.runtime
    (raw,) = chain.pool
    assert sent.hash == blake2(raw)
    body = raw[2:]
    assert int.from_bytes(raw[:2], "little") >> 2 == len(body)
    assert body[:2] == b"\x84\x00"
    assert body[2:34] == signer.public_key
    assert body[34] == (1 if scheme == CryptoType.SR25519 else 0)
    signature, rest = body[35:99], body[99:]
    call = bytes([0, 0, 20]) + b"hello"
    assert rest == bytes.fromhex("4606") + bytes([5 << 2, 7 << 2, 0]) + call
    signing = Signing(5, Era.mortal(128, current=100), chain.blocks[100].hash, 7)
    assert signer.verify(signing_payload(runtime, call, signing), signature)
    assert sent.extrinsic.last_block == 227


async def test_sent_and_decoded_extrinsics_say_the_same():
    chain = RecordedChain()
    nested = Call(
        "Utility",
        "batch",
        {
            "calls": [
                REMARK,
                Call("Balances", "transfer_all", {"dest": BOB.ss58_address, "keep_alive": True}),
            ]
        },
    )
    async with connected(chain) as client:
        await client.send(nested, ALICE, Terms(tip=3), watch=False)
        inherent = client.encode_call(Call("Timestamp", "set", {"now": 12_000}))
        bare = bytes([(len(inherent) + 1) << 2, 0x05]) + inherent
        chain.seal([bare, *chain.pool])
        first, second = await client.extrinsics("head")
    assert (str(first.call), first.signer) == ("Timestamp.set(now=12000)", None)
    assert (second.signer, second.nonce, second.tip) == (ALICE.ss58_address, 0, 3)
    assert second.era == Era.mortal(64, current=0)
    assert second.call.name == "batch"
    inner = [Call.from_value(call) for call in second.call.args["calls"]]
    assert inner[0] == REMARK
    assert str(inner[1].args["dest"]["Id"]) == BOB.ss58_address
    assert to_json(second)["call"]["pallet"] == "Utility"


async def test_calls_that_cannot_be_encoded_are_refused_with_where_and_why():
    async with connected(RecordedChain()) as client:
        with pytest.raises(UnknownName) as unknown:
            client.encode_call(Call("Balances", "transfer_keepalive", {}))
        assert "transfer_keep_alive" in unknown.value.near
        with pytest.raises(EncodeError, match="keep_alive"):
            client.encode_call(
                Call("Balances", "transfer_all", {"dest": BOB.ss58_address, "keep_alive": "maybe"})
            )
        with pytest.raises(EncodeError):
            client.encode_call(Call("Balances", "transfer_all", {"dest": BOB.ss58_address}))


async def test_an_immortal_extrinsic_is_signed_for_the_genesis_block():
    chain = RecordedChain()
    for _ in range(3):
        chain.seal()
    async with connected(chain) as client:
        signed = await client.sign(REMARK, ALICE, Terms(period=None))
        signing = Signing(0, Era(), client.runtime.genesis_hash)
        payload = signing_payload(client.runtime, client.encode_call(REMARK), signing)
    assert signed.last_block is None
    assert ALICE.verify(payload, signed.raw[37:101])
    assert chain.pool == []


async def test_an_unknown_extension_that_carries_data_is_not_guessed(monkeypatch):
    async with connected(RecordedChain()) as client:
        from taokit.chain_client.extrinsics import extensions

        known = {k: v for k, v in extensions._KNOWN.items() if k != "CheckMetadataHash"}
        monkeypatch.setattr(extensions, "_KNOWN", known)
        with pytest.raises(UnsupportedExtension, match="CheckMetadataHash"):
            await client.sign(REMARK, ALICE)


# -- nonces ---------------------------------------------------------------------------------------


async def nonces_in(client: ChainClient, chain: RecordedChain) -> list[int]:
    block = chain.seal(chain.pool)
    return [extrinsic.nonce for extrinsic in await client.extrinsics(block.hash)]


async def test_many_sent_at_once_have_consecutive_nonces():
    chain = RecordedChain()
    chain.next_index[ALICE.ss58_address] = 10
    async with connected(chain) as client:
        await asyncio.gather(*(client.send(REMARK, ALICE, watch=False) for _ in range(30)))
        assert sorted(await nonces_in(client, chain)) == list(range(10, 40))
    assert chain.count("account_nextIndex") == 1


async def test_between_bursts_the_node_is_asked_again():
    chain = RecordedChain()
    async with connected(chain) as client:
        await client.send(REMARK, ALICE, watch=False)
        chain.next_index[ALICE.ss58_address] = 7  # another program signed too
        await client.send(REMARK, ALICE, watch=False)
        assert await nonces_in(client, chain) == [0, 7]


async def test_a_stale_nonce_is_replaced_and_the_extrinsic_signed_anew():
    chain = RecordedChain()
    refused = []

    def submit(raw):
        if not refused:
            refused.append(raw)
            chain.next_index[ALICE.ss58_address] = 4
            raise Refusal(1010, "Invalid Transaction", "Transaction is outdated")
        chain.pool.append(bytes.fromhex(raw[2:]))
        return raw

    chain.overrides["author_submitExtrinsic"] = submit
    async with connected(chain) as client:
        await client.send(REMARK, ALICE, watch=False)
        assert await nonces_in(client, chain) == [4]


async def test_a_nonce_that_the_pool_holds_already_is_passed_over():
    chain = RecordedChain()

    def submit(raw):
        nonce = bytes.fromhex(raw[2:])[103] >> 2
        if nonce < 3:
            raise Refusal(1014, "Priority is too low: (1 vs 1)", "it has too low priority")
        chain.pool.append(bytes.fromhex(raw[2:]))
        return raw

    chain.overrides["author_submitExtrinsic"] = submit
    chain.next_index[ALICE.ss58_address] = 1
    async with connected(chain) as client:
        await client.send(REMARK, ALICE, watch=False)
        assert await nonces_in(client, chain) == [3]


async def test_an_upgrade_of_the_runtime_between_two_extrinsics_is_noticed():
    chain = RecordedChain()

    def submit(raw):
        extrinsic = bytes.fromhex(raw[2:])
        body = extrinsic[2:]
        signing = Signing(0, Era.mortal(64, current=0), chain.blocks[0].hash)
        payload = signing_payload(client.runtime, body[104:], signing)
        if client.runtime.spec_version != 425:
            raise Refusal(1010, "Invalid Transaction", "Transaction has a bad signature")
        assert ALICE.verify(payload, body[35:99])
        chain.pool.append(extrinsic)
        return raw

    chain.overrides["author_submitExtrinsic"] = submit
    async with connected(chain) as client:
        with pytest.raises(PoolRejected):
            await client.send(REMARK, ALICE, watch=False)
        assert chain.count("author_submitExtrinsic") == 1
        chain.spec_version = 425
        await client.send(REMARK, ALICE, watch=False)
        assert client.runtime.spec_version == 425
    assert chain.count("author_submitExtrinsic") == 3


async def test_a_nonce_chosen_by_the_caller_is_never_changed():
    chain = RecordedChain()

    def submit(raw):
        raise Refusal(1010, "Invalid Transaction", "Transaction is outdated")

    chain.overrides["author_submitExtrinsic"] = submit
    async with connected(chain) as client:
        with pytest.raises(PoolRejected) as stale:
            await client.send(REMARK, ALICE, Terms(nonce=0), watch=False)
    assert stale.value.reason == "stale"
    assert chain.count("author_submitExtrinsic") == 1


async def test_the_nonce_of_a_refused_extrinsic_is_given_to_the_next():
    chain = RecordedChain()
    refuse = Call("System", "remark", {"remark": b"refuse me"})

    def submit(raw):
        if b"refuse me".hex() in raw:
            raise Refusal(1010, "Invalid Transaction", "Custom error: 6")
        chain.pool.append(bytes.fromhex(raw[2:]))
        return raw

    chain.overrides["author_submitExtrinsic"] = submit
    async with connected(chain) as client:
        results = await asyncio.gather(
            *(client.send(refuse if n == 3 else REMARK, ALICE, watch=False) for n in range(10)),
            return_exceptions=True,
        )
        await client.send(REMARK, ALICE, Terms(nonce=3), watch=False)
        assert sorted(await nonces_in(client, chain)) == list(range(10))
    assert [type(result) for result in results].count(PoolRejected) == 1


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message", "data", "reason", "name"),
    [
        (1010, "Invalid Transaction", "Custom error: 6", "custom", "RateLimitExceeded"),
        (1010, "Invalid Transaction", "Custom error: 255", "custom", "BadRequest"),
        (1010, "Invalid Transaction", "Custom error: 99", "custom", None),
        (
            1010,
            "Invalid Transaction",
            "Inability to pay some fees (e.g. account balance too low)",
            "payment",
            None,
        ),
        (1010, "Invalid Transaction", "Transaction has a bad signature", "bad_signature", None),
        (1010, "Invalid Transaction", "Invalid signing address", "bad_signer", None),
        (1010, "Invalid Transaction", "something new", "invalid", None),
        (1001, "Extrinsic has invalid format: x", None, "malformed", None),
        (1012, "Transaction is temporarily banned", None, "banned", None),
        (1013, "Transaction Already Imported", "0xab", "already_imported", None),
        (1016, "Immediately Dropped", "full", "pool_full", None),
    ],
)
async def test_refusals_of_the_pool_are_typed(code, message, data, reason, name):
    chain = RecordedChain()

    def submit(raw):
        raise Refusal(code, message, data)

    chain.overrides["author_submitAndWatchExtrinsic"] = submit
    async with connected(chain) as client:
        with pytest.raises(PoolRejected) as refused:
            await client.submit(REMARK, ALICE)
    error = refused.value
    assert (error.reason, error.name, error.rpc_code) == (reason, name, code)
    assert chain.count("author_submitAndWatchExtrinsic") == 1


async def test_an_error_that_is_not_the_pools_stays_what_it_is():
    chain = RecordedChain()

    def submit(raw):
        raise Refusal(-32005, "too many requests")

    chain.overrides["author_submitAndWatchExtrinsic"] = submit
    async with connected(chain) as client:
        with pytest.raises(RpcError) as error:
            await client.submit(REMARK, ALICE)
    assert error.value.rpc_code == -32005


# -- following ------------------------------------------------------------------------------------


async def submit_and_seal(chain, client, events, **options):
    """Submit a remark, and put it in a block behind another extrinsic, with these events."""
    chain.statuses_on_submit = ("ready", {"broadcast": ["peer"]})
    submitting = asyncio.ensure_future(client.submit(REMARK, ALICE, **options))
    while not chain.pool and not submitting.done():
        await asyncio.sleep(0)
    inherent = bytes([(5) << 2, 0x05, 2, 0, 0xA1, 0x0F])
    chain.seal([inherent, *chain.pool], [(0, SUCCESS), *((1, event) for event in events)])
    return await submitting


@pytest.mark.parametrize("until", ["inclusion", "finality"])
async def test_a_receipt_has_block_position_fee_and_its_own_events(until):
    chain = RecordedChain()
    statuses = []
    async with connected(chain) as client:
        receipt = await submit_and_seal(
            chain, client, [FEE, SUCCESS], until=until, on_status=statuses.append
        )
    assert receipt.success
    assert receipt.error is None
    assert receipt.block.number == 1
    assert receipt.block.hash == chain.head.hash
    assert (receipt.index, receipt.extrinsic_id) == (1, "1-1")
    assert receipt.fee == Tao(1234)
    assert [str(event) for event in receipt.events] == [
        "TransactionPayment.TransactionFeePaid",
        "System.ExtrinsicSuccess",
    ]
    assert receipt.finalized == (until == "finality")
    expected = ["ready", "broadcast", "inBlock", "finalized"]
    assert statuses == (expected if until == "finality" else expected[:3])
    assert chain.count("author_unwatchExtrinsic") == 1
    assert receipt.raise_for_failure() is receipt


async def test_a_failed_call_is_named_as_the_pallet_names_it_with_docs_and_remedy():
    chain = RecordedChain()
    error = module_error("SubtensorModule", "SettingWeightsTooFast")
    async with connected(chain) as client:
        receipt = await submit_and_seal(chain, client, [FEE, failed(error)])
    assert not receipt.success
    failure = receipt.error
    assert failure is not None
    assert (failure.pallet, failure.name) == ("SubtensorModule", "SettingWeightsTooFast")
    assert failure.index == 29
    assert failure.docs
    assert failure.retryable
    assert "weights_rate_limit" in (failure.hint or "")
    assert failure.within is None
    assert failure.extrinsic_hash == receipt.extrinsic_hash
    with pytest.raises(DispatchFailed):
        receipt.raise_for_failure()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ("BadOrigin", "BadOrigin"),
        ({"Token": "FundsUnavailable"}, "Token.FundsUnavailable"),
        ({"Arithmetic": "Overflow"}, "Arithmetic.Overflow"),
    ],
)
async def test_errors_of_no_pallet_have_their_own_names(error, name):
    chain = RecordedChain()
    async with connected(chain) as client:
        receipt = await submit_and_seal(chain, client, [failed(error)])
    assert (receipt.error.pallet, receipt.error.name) == (None, name)


@pytest.mark.parametrize(
    ("event", "within"),
    [
        (lambda e: {"Sudo": {"Sudid": {"sudo_result": {"Err": e}}}}, "Sudo.Sudid"),
        (lambda e: {"Proxy": {"ProxyExecuted": {"result": {"Err": e}}}}, "Proxy.ProxyExecuted"),
        (
            lambda e: {"Utility": {"BatchInterrupted": {"index": 2, "error": e}}},
            "Utility.BatchInterrupted at 2",
        ),
        (lambda e: {"Utility": {"ItemFailed": {"error": e}}}, "Utility.ItemFailed"),
    ],
)
async def test_a_failure_inside_a_successful_extrinsic_is_a_failure(event, within):
    chain = RecordedChain()
    inner = event(module_error("SubtensorModule", "NotEnoughStake"))
    async with connected(chain) as client:
        receipt = await submit_and_seal(chain, client, [inner, FEE, SUCCESS])
    assert not receipt.success
    assert (receipt.error.name, receipt.error.within) == ("NotEnoughStake", within)


async def test_inner_calls_that_succeed_are_no_failures():
    chain = RecordedChain()
    inner = {"Sudo": {"Sudid": {"sudo_result": {"Ok": ()}}}}
    async with connected(chain) as client:
        receipt = await submit_and_seal(chain, client, [inner, {"Utility": "BatchCompleted"}, FEE])
    assert receipt.success


@pytest.mark.parametrize(
    ("status", "named"),
    [
        ("dropped", "dropped"),
        ("invalid", "invalid"),
        ({"usurped": "0x" + "ab" * 32}, "usurped"),
        ({"finalityTimeout": "0x" + "ab" * 32}, "finality_timeout"),
    ],
)
async def test_an_extrinsic_that_leaves_the_pool_is_not_included(status, named):
    chain = RecordedChain(statuses_on_submit=("ready", status))
    async with connected(chain) as client:
        with pytest.raises(NotIncluded) as gone:
            await client.submit(REMARK, ALICE)
    assert gone.value.status == named


async def test_a_retracted_block_is_waited_out_not_reported():
    chain = RecordedChain()
    async with connected(chain) as client:
        fork = "0x" + "ab" * 32
        chain.statuses_on_submit = ({"inBlock": fork}, {"retracted": fork})
        submission = await client.send(REMARK, ALICE)
        waiting = asyncio.ensure_future(submission.finalized())
        await asyncio.sleep(0)
        block = chain.seal(chain.pool, [(0, FEE), (0, SUCCESS)])
        receipt = await waiting
    assert receipt.block.hash == block.hash


async def test_no_outcome_in_time_is_pending_and_waiting_can_go_on():
    chain = RecordedChain()
    async with connected(chain) as client:
        submission = await client.send(REMARK, ALICE)
        with pytest.raises(OutcomePending) as pending:
            await submission.included(timeout=0.01)
        assert pending.value.extrinsic_hash == submission.hash
        chain.seal(chain.pool, [(0, FEE), (0, SUCCESS)])
        assert (await submission.included()).success


async def test_after_a_lost_connection_an_accepted_extrinsic_is_found_in_the_blocks():
    chain = RecordedChain()
    async with connected(chain) as client:
        submission = await client.send(REMARK, ALICE)
        submission.statuses.fail(ConnectionLost(url="test", reason="cut"))
        waiting = asyncio.ensure_future(submission.included())
        for _ in range(3):
            await asyncio.sleep(0)
            chain.seal()
        block = chain.seal(chain.pool, [(0, FEE), (0, SUCCESS)])
        receipt = await waiting
    assert receipt.block.hash == block.hash
    assert chain.count("author_submitAndWatchExtrinsic") == 1


@pytest.mark.parametrize(
    "gone",
    [
        ConnectionFailed(url="test", reason="connection refused"),
        WrongChain(expected="0x01", got="0x02"),
    ],
)
async def test_a_node_that_stays_away_after_sending_leaves_the_outcome_pending(gone, monkeypatch):
    chain = RecordedChain()
    async with connected(chain) as client:
        submission = await client.send(REMARK, ALICE)

        async def refuse(*params):
            raise gone

        monkeypatch.setattr(client.transport, "subscribe", refuse)
        submission.statuses.fail(ConnectionLost(url="test", reason="cut"))
        with pytest.raises(OutcomePending) as pending:
            await submission.included()
    assert pending.value.extrinsic_hash == submission.hash
    assert pending.value.reason == gone.message
    assert not pending.value.retryable


async def test_an_extrinsic_not_found_by_the_end_of_its_era_has_expired():
    chain = RecordedChain()
    async with connected(chain) as client:
        submission = await client.send(REMARK, ALICE, Terms(period=4), watch=False)
        waiting = asyncio.ensure_future(submission.included())
        for _ in range(8):
            await asyncio.sleep(0.001)
            chain.seal()
        with pytest.raises(NotIncluded) as expired:
            await waiting
    assert expired.value.status == "expired"


# -- asking first ---------------------------------------------------------------------------------


async def test_a_fee_is_estimated_without_the_key():
    chain = RecordedChain()
    asked = []

    def info(data):
        asked.append(data)
        weight = {"ref_time": 5, "proof_size": 6}
        return {"weight": weight, "class": "Normal", "partial_fee": 777}

    chain.answer("TransactionPaymentApi", "query_info", info)
    async with connected(chain) as client:
        estimate = await client.estimate_fee(REMARK, ALICE.ss58_address)
        signed = await client.sign(REMARK, ALICE)
    assert (estimate.fee, estimate.ref_time, estimate.proof_size) == (Tao(777), 5, 6)
    (data,) = asked
    assert len(data) == len(signed.raw) + 4
    assert int.from_bytes(data[-4:], "little") == len(signed.raw)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"Ok": VALID}, None),
        ({"Err": {"Invalid": "Stale"}}, "stale"),
        ({"Err": {"Invalid": {"Custom": 12}}}, "custom"),
        ({"Err": {"Unknown": "CannotLookup"}}, "unknown_validity"),
    ],
)
async def test_a_dry_run_asks_the_pool_and_sends_nothing(answer, reason):
    chain = RecordedChain()
    chain.answer("TaggedTransactionQueue", "validate_transaction", answer)
    async with connected(chain) as client:
        outcome = await client.dry_run(REMARK, ALICE)
    assert outcome.ok == (reason is None)
    assert getattr(outcome.problem, "reason", None) == reason
    assert not outcome.executed
    assert chain.pool == []


async def test_a_dry_run_that_executes_reports_the_calls_own_failure():
    chain = RecordedChain()
    chain.answer("TaggedTransactionQueue", "validate_transaction", {"Ok": VALID})
    output = metadata().types.codec(
        metadata().apis["BlockBuilder"].methods["apply_extrinsic"].output
    )
    error = module_error("Balances", "InsufficientBalance")
    encoded = "0x" + output.encode({"Ok": {"Err": error}}).hex()
    chain.overrides["system_dryRun"] = lambda raw, at: encoded
    async with connected(chain) as client:
        outcome = await client.dry_run(REMARK, ALICE)
    assert outcome.executed
    assert outcome.problem.name == "InsufficientBalance"


@pytest.mark.parametrize(
    "wrong",
    [{"tip": -1}, {"tip": 1 << 64}, {"nonce": -1}, {"nonce": 1 << 32}, {"period": 0}],
)
def test_terms_that_no_extrinsic_can_carry_are_refused(wrong):
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        Terms(**wrong)
