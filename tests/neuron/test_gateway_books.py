"""A gateway's books over time: committed together, pruned, paid out, kept by hand; what it learned
of miners is known again after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gateway_market import ROUTE, Answer, Miner, Question, market

from taokit.neuron.errors import NoCredit
from taokit.neuron.gateway import Charges, Keys, Ledger, credits
from taokit.neuron.gateway.books import Books
from taokit.neuron.gateway.pruning import prune
from taokit.neuron.gateway.revenue import PAYOUT, Payouts, Revenue
from taokit.neuron.observe.logs import silent
from taokit.neuron.programs import run_gateway
from taokit.neuron.store import Store
from taokit.wallet import Keypair


def books_of(store: Store) -> Books:
    return Books(store, lambda own: Charges(own, Ledger(own)), log=silent())


async def broken(question: Question) -> Answer:
    raise RuntimeError("broken")


async def breaking_off(question: Question) -> AsyncIterator[Answer]:
    yield Answer(twice=0)
    raise RuntimeError("broken")


# Together


async def test_what_comes_at_the_same_time_is_one_commit_and_each_is_told_its_own(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "books.db") as store:
        ledger = Ledger(store)
        account = ledger.open_account("a buyer")
        ledger.grant(account, 250, "1")
        _, key = Keys(store).make(account)
        books = books_of(store)
        made = await asyncio.gather(
            *(books.run(lambda c: c.begin(key, "/v1/query", 100, "d")) for _ in range(4)),
            return_exceptions=True,
        )
        assert [type(one).__name__ for one in made] == ["Charge", "Charge", "NoCredit", "NoCredit"]
        assert (books.commits, books.changes) == (1, 4)
        # The refused ones took nothing with them, and it is all on disk.
        with Store(tmp_path / "books.db") as other:
            assert Ledger(other).balance(account) == 50
            Ledger(other).check()
        await books.close()


async def test_a_change_that_fails_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    def half(charges: Charges) -> None:
        charges.ledger.grant(account, 100, "lost")
        raise NoCredit("no")

    with Store(tmp_path / "books.db") as store:
        account = Ledger(store).open_account("a buyer")
        books = books_of(store)
        whole = books.run(lambda c: c.ledger.grant(account, 7, "kept"))
        failed, kept = await asyncio.gather(books.run(half), whole, return_exceptions=True)
        assert isinstance(failed, NoCredit)
        assert kept is True
        assert Ledger(store).balance(account) == 7
        await books.close()


async def test_nothing_is_told_before_it_is_on_disk_and_a_commit_that_fails_is_told_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = Store._end

    def full(self: Store, word: str) -> None:
        if word == "COMMIT":
            end(self, "ROLLBACK")
            raise OSError("no space left on device")
        end(self, word)

    with Store(tmp_path / "books.db") as store:
        account = Ledger(store).open_account("a buyer")
        books = books_of(store)
        with monkeypatch.context() as patched:
            patched.setattr(Store, "_end", full)
            grants = [
                books.run(lambda c, n=n: c.ledger.grant(account, 5, str(n)))  # type: ignore[misc]
                for n in range(2)
            ]
            told = await asyncio.gather(*grants, return_exceptions=True)
        assert [str(one) for one in told] == ["no space left on device"] * 2
        assert Ledger(store).balance(account) == 0
        await books.run(lambda c: c.ledger.grant(account, 5, "again"))
        assert Ledger(store).balance(account) == 5
        await books.close()


async def test_credit_that_was_set_aside_for_a_buyer_that_left_meanwhile_is_given_back(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "books.db") as store:
        ledger = Ledger(store)
        account = ledger.open_account("a buyer")
        ledger.grant(account, 100, "1")
        _, key = Keys(store).make(account)
        books = books_of(store)
        asking = asyncio.create_task(
            books.run(
                lambda c: c.begin(key, "/v1/query", 60, "d"),
                undo=lambda c, made: c.release(made.id),
            )
        )
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await books.close()
        assert books.changes == 2
        assert ledger.balance(account) == 100
        ledger.check()


# Over time


async def test_old_requests_are_forgotten_and_totals_and_balances_stay() -> None:
    async with market(keep_replies_s=0.0) as m:
        for number in (10, 20):
            await m.buy(number, idempotency_key=str(number))
        await m.buy(30)
        before = (await m.get("/v1/usage")).json()
        later = 1 << 53
        assert prune(m.store, later) == 1  # the others may still be asked for again
        m.gateway.charges.forget_replies(later)
        assert prune(m.store, later, most=1) == 1
        assert prune(m.store, later) == 1
        after = (await m.get("/v1/usage")).json()
        assert (len(before["newest"]), after["newest"]) == (3, [])
        assert {k: v for k, v in after.items() if k != "newest"} == {
            k: v for k, v in before.items() if k != "newest"
        }
        assert m.balance == before["balance"]  # and the books balance
        kinds = {one.kind for one in m.gateway.ledger.transfers(m.account)}
        assert kinds == {"grant", "carried"}
        assert m.store.rows("SELECT 1 FROM receipts") == []
        await m.buy(10)
        assert (await m.get("/v1/usage")).json()["routes"]["/v1/query"]["requests"] == 4


async def test_a_gateway_prunes_by_itself() -> None:
    now = [1_000_000.0]
    options: dict[str, Any] = {"clock": lambda: now[0], "keep_records_s": 3600.0}
    async with market(keep_replies_s=60.0, **options) as m:
        await m.buy(1)
        now[0] += 7200.0
        await m.buy(2)  # the next sweep comes after this one
        newest = (await m.get("/v1/usage")).json()["newest"]
        assert [one["cost"] for one in newest] == [104]


async def test_what_was_learned_of_miners_is_known_after_a_restart(tmp_path: Path) -> None:
    path, now = tmp_path / "gateway.db", [1_000_000.0]
    bad = Miner(Keypair.from_uri("//market//bad"), broken)
    good = Miner(Keypair.from_uri("//market//good"))
    shares = {bad.hotkey: 1.0, good.hotkey: 1e-9}
    options: dict[str, Any] = {"clock": lambda: now[0], "shares": shares}
    async with market(path, miners=[bad, good], **options) as m:
        for _ in range(4):
            assert (await m.buy(1)).status_code == 200
        assert bad.asked == 3
        # It is on disk as soon as it was decided, however the process ends.
        kept = m.store.row("SELECT value FROM kv WHERE space = 'gateway:routing'")
        assert kept is not None
        assert json.loads(kept["value"])["breakers"][bad.hotkey][1] == 30.0
        expected = m.gateway.router.latencies("/v1/query").expected(good.hotkey)
    now[0] += 10.0
    async with market(path, miners=[bad, good], **options) as m:
        assert (await m.buy(1)).status_code == 200
        assert bad.asked == 3  # left alone for 20 s more
        assert m.gateway.router.latencies("/v1/query").expected(good.hotkey) != 1.0
        assert expected != 1.0
    now[0] += 25.0
    async with market(path, miners=[bad, good], **options) as m:
        await m.buy(1)
        assert bad.asked == 4


# Paid out


async def test_revenue_is_handed_on_in_parts_and_one_that_failed_again_as_it_was() -> None:
    told: list[Revenue] = []
    failing = [True]

    async def hook(part: Revenue) -> None:
        told.append(part)
        if failing[0]:
            raise RuntimeError("the chain is down")

    async with market() as m:
        payouts = Payouts(m.gateway.books, hook, every_s=1.0, log=silent())
        assert await payouts.step() is None
        await m.buy(10)
        with pytest.raises(RuntimeError, match="down"):
            await payouts.step()
        await m.buy(10)
        failing[0] = False
        assert await payouts.step() == Revenue("payout:1", 120)
        assert await payouts.step() == Revenue("payout:2", 120)
        assert await payouts.step() is None
        assert [part.id for part in told] == ["payout:1", "payout:1", "payout:2"]
        ledger = m.gateway.ledger
        assert (ledger.balance("revenue"), ledger.balance(PAYOUT)) == (0, 0)
        assert m.balance == credits(1) - 240


async def test_a_gateway_tells_its_hook_while_it_sells() -> None:
    told: asyncio.Queue[Revenue] = asyncio.Queue()
    async with market(on_revenue=told.put_nowait, revenue_every_s=0.01) as m:
        await m.buy(10)
        assert await told.get() == Revenue("payout:1", 120)


# By hand


def test_accounts_keys_and_credit_are_kept_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def gateway(*words: str) -> Any:
        status = run_gateway([ROUTE], [*words, "--state", str(tmp_path / "state"), "--json"])
        out, err = capsys.readouterr()
        return json.loads(out) if status == 0 else (status, err)

    ((account, first, secret),) = (
        (one["account"], one["key"], one["secret"])
        for one in gateway("accounts", "open", "a buyer", "--grant", "5")
    )
    ((_, other),) = (tuple(one.values()) for one in gateway("keys", "make", account, "--rate", "2"))
    assert [one["state"] for one in gateway("keys", "list")] == ["active", "active"]
    assert gateway("keys", "revoke", first) == [{"key": first, "state": "revoked"}]
    status, err = gateway("keys", "revoke", first)
    assert status == 2
    assert "no active key" in err
    for state in ("granted", "was granted before"):
        said = gateway("credit", "grant", account, "2.5", "--invoice", "117")
        assert said == [{"account": account, "credits": "7.5", "state": state}]
    assert gateway("credit", "grant", account, "-1", "--invoice", "118")[0] == 2
    assert gateway("keys", "make", "ac_nobody")[0] == 2
    (listed,) = gateway("accounts", "list")
    assert (listed["name"], listed["credits"]) == ("a buyer", "7.5")
    assert gateway("books")[0]["credits"] == "7.5"
    with Store(tmp_path / "state" / "validator.db") as store:
        assert Keys(store).find(f"Bearer {other}").rate == 2.0
        with pytest.raises(Exception, match="was revoked"):
            Keys(store).find(f"Bearer {secret}")


async def test_credit_is_back_before_a_buyer_is_told_that_nobody_served(tmp_path: Path) -> None:
    bad = Miner(Keypair.from_uri("//market//bad"), broken, breaking_off)
    async with market(tmp_path / "books.db", miners=[bad]) as m:
        for body in ({"n": 3, "stream": True}, {"n": 1}):
            said = await m.post(body)
            assert said.status_code == 503 or "error" in said.text
            assert m.balance == credits(1)
