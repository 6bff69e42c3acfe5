"""A gateway beside a validator: audits cross over, one serves at a time, accounts, deposits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gateway_market import ROUTE, Answer, Miner, Question, market

from taokit.neuron.errors import ConfigError, HandlerRefused
from taokit.neuron.gateway import Gateway, Keys, Ledger, Price, Route, credits
from taokit.neuron.gateway.charges import Charges
from taokit.neuron.gateway.errors import LedgerBroken, NotFound
from taokit.neuron.gateway.stored_audits import StoredAudits
from taokit.neuron.mechanism import ServiceMechanism
from taokit.neuron.messages import Reason
from taokit.neuron.programs import run_gateway
from taokit.neuron.results import Ok
from taokit.neuron.store import Store
from taokit.wallet import Keypair


class Doubling(ServiceMechanism[Question, Answer]):
    measures = "who doubles"
    path = "/double"
    request = Question
    response = Answer

    def tasks(self, rng: Any, ctx: Any) -> list[Question]:
        return []

    def verify(self, task: Question, result: Any, ctx: Any) -> Any:
        raise NotImplementedError

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return {}


class Older(Question):
    gone: int = 0


async def test_what_is_sold_in_one_process_is_audited_in_another(tmp_path: Path) -> None:
    path = tmp_path / "validator.db"

    async def refusing(question: Question) -> Answer:
        raise HandlerRefused("not this one")

    good = Miner(Keypair.from_uri("//market//good"))
    lazy = Miner(Keypair.from_uri("//market//lazy"), refusing)
    shares = {lazy.hotkey: 1.0, good.hotkey: 1e-9}
    with Store(path) as of_gateway, Store(path) as of_validator:
        audits = StoredAudits[Any, Any](of_gateway)
        async with market(miners=[lazy, good], shares=shares, audits=audits, audit_rate=1.0) as m:
            await m.buy(21)
        taken = StoredAudits(of_validator, Doubling())
        assert taken.qsize() == 2
        served, declined = taken.get_nowait(), taken.get_nowait()
        assert taken.empty()
        with pytest.raises(asyncio.QueueEmpty):
            taken.get_nowait()
    assert served.task == declined.task == Question(n=21)
    assert isinstance(served.result, Ok)
    assert (served.result.hotkey, served.result.value) == (good.hotkey, Answer(twice=42))
    assert served.result.receipt.miner == good.hotkey
    assert (declined.result.hotkey, declined.result.reason) == (lazy.hotkey, Reason.REFUSED)
    assert declined.result.receipt is not None
    assert declined.result.detail.endswith("not this one")


async def test_stored_audits_have_a_limit_and_those_of_an_older_mechanism_are_dropped() -> None:
    with Store(":memory:") as store:
        audits = StoredAudits(store, Doubling(), limit=2)
        async with market(audit_rate=1.0, audits=audits) as m:
            for _ in range(3):
                await m.buy(1)
        assert audits.qsize() == 2
        old = Older(n=1, gone=1).model_dump_json()
        store.execute("UPDATE gateway_audits SET task = ? WHERE id = 1", (old,))
        assert audits.get_nowait().task == Question(n=1)
        assert audits.empty()


async def test_one_gateway_serves_from_a_store_at_a_time_and_only_that_one_cleans_up(
    tmp_path: Path,
) -> None:
    async with market(tmp_path / "gateway.db") as m:
        key = m.gateway.keys.find(f"Bearer {m.secret}")
        m.gateway.charges.begin(key, "/v1/query", 500, "d")
        client = m.gateway._desk.client
        with Store(tmp_path / "gateway.db") as store:
            other = Gateway(m.snapshot, client, store)
            with pytest.raises(ConfigError, match="another gateway serves"):
                await other.start()
            assert m.balance == credits(1) - 500  # what is under way was left alone
            await m.gateway.stop()
            await other.start()
            await other.stop()
        assert m.balance == credits(1)


def test_an_account_is_opened_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--netuid", "2", "--state", str(tmp_path), "--log-level", "error"]
    assert run_gateway([ROUTE], [*words, "--open-account", "a buyer", "--grant", "5"]) == 0
    account, secret = capsys.readouterr().out.split()
    with Store(tmp_path / "validator.db") as store:
        assert Keys(store).find(f"Bearer {secret}").account == account
        assert Ledger(store).balance(account) == credits(5)


async def test_where_to_deposit_is_told_if_deposits_are_taken() -> None:
    async with market() as m:
        said = await m.get("/v1/deposits")
    assert said.status_code == 404
    assert said.json()["error"]["message"] == "this gateway takes no deposits"


def test_a_ledger_moves_each_thing_once_and_never_below_nothing() -> None:
    with Store(":memory:") as store:
        ledger = Ledger(store)
        account = ledger.open_account("a buyer")
        assert ledger.grant(account, 100, "invoice 1")
        assert not ledger.grant(account, 100, "invoice 1")
        with pytest.raises(LedgerBroken, match="was a transfer of 100"):
            ledger.grant(account, 200, "invoice 1")
        with pytest.raises(NotFound):
            ledger.grant("ac_nobody", 1, "invoice 2")
        for amount in (0, -1, 1.5, True - 2):
            with pytest.raises(ValueError, match="whole micro-credits"):
                ledger.grant(account, amount, "x")  # type: ignore[arg-type]
        ledger.check()
        store.execute(
            "UPDATE gateway_balances SET amount = amount + 1 WHERE account = ?", (account,)
        )
        with pytest.raises(LedgerBroken, match=account):
            ledger.check()


def test_a_charge_ends_once() -> None:
    with Store(":memory:") as store:
        ledger = Ledger(store)
        account = ledger.open_account("a buyer")
        ledger.grant(account, 100, "1")
        _, key = Keys(store).make(account)
        charges = Charges(store, ledger)
        charge = charges.begin(key, "/v1/query", 60, "d")
        assert ledger.balance(account) == 40
        assert charges.release(charge.id).state == "released"
        assert charges.release(charge.id).state == "released"
        assert ledger.balance(account) == 100
        late = charges.settle(
            charge.id,
            60,
            miner="m",
            units={},
            reply=None,
            receipt=None,
            block=0,  # type: ignore[arg-type]
        )
        assert (late.state, late.cost) == ("released", 0)
        assert ledger.balance(account) == 100


def test_prices_are_whole_and_rounded_up_once() -> None:
    price = Price(per_request=5, per_thousand={"prompt": 10, "completion": 30})
    assert price.cost({}) == 5
    assert price.cost({"prompt": 1}) == 6
    assert price.cost({"prompt": 50, "completion": 17}) == 5 + 2  # 1.01 together
    assert price.cost({"prompt": 1_000_000, "other": 9}) == 5 + 10_000
    for units in ({"prompt": -1}, {"prompt": float("nan")}, {"prompt": float("inf")}):
        with pytest.raises(ValueError, match="is no count"):
            price.cost(units)
    with pytest.raises(ValueError, match="whole micro-credits"):
        Price(per_request=0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not whole"):
        credits("0.0000001")
    with pytest.raises(ValueError, match="give units and most"):
        Route("/v1/x", Question, "/x", Answer, price=price)
