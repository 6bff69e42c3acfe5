"""The gateway's program as a tool for whoever runs it: accounts, keys, credit, the books.

    python -m my_subnet.gateway accounts open "A buyer" --grant 5
    python -m my_subnet.gateway keys make ac_12ab --label laptop
    python -m my_subnet.gateway keys list
    python -m my_subnet.gateway keys revoke key_34cd
    python -m my_subnet.gateway credit grant ac_12ab 2.5 --invoice 2026-117
    python -m my_subnet.gateway books

Owns these words. Works beside a gateway that sells from the same state. Each prints lines of
columns, or JSON with ``--json``. A secret is shown once, when its key is made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from taokit.neuron.errors import ConfigError
from taokit.neuron.gateway.errors import NotFound
from taokit.neuron.gateway.keys import CALL, USAGE, Keys
from taokit.neuron.gateway.ledger import OUTSIDE, REVENUE, Ledger, held
from taokit.neuron.gateway.prices import MICRO, credits
from taokit.neuron.gateway.revenue import PAYOUT
from taokit.neuron.store import Store

__all__ = ["GROUPS", "run"]

GROUPS = ("accounts", "keys", "credit", "books")
"""First words of a command line that is for here."""

Rows = Sequence[Mapping[str, Any]]


def run(store: Callable[[Path | None], Store], argv: Sequence[str]) -> int:
    """Do what a command line says; its exit status.

    ``store`` opens the state in a folder, that of the settings if None is given. Raises
    TaokitError.
    """
    given = _parser().parse_args(list(argv))
    with store(given.state) as opened:
        rows = given.does(opened, given)
    if given.json:
        sys.stdout.write(json.dumps(list(rows), indent=2) + "\n")
    else:
        sys.stdout.writelines("  ".join(str(v) for v in row.values()) + "\n" for row in rows)
    return 0


def _open(store: Store, given: argparse.Namespace) -> Rows:
    ledger = Ledger(store)
    with store.transaction():
        account = ledger.open_account(given.name)
        if given.grant:
            ledger.grant(account, _micro(given.grant), f"opening of {account}")
        secret, key = Keys(store).make(account)
    return [{"account": account, "key": key.id, "secret": secret}]


def _accounts(store: Store, given: argparse.Namespace) -> Rows:
    ledger = Ledger(store)
    return [
        {
            "account": account,
            "credits": _credits(ledger.balance(account)),
            "reserved": _credits(ledger.balance(held(account))),
            "name": name,
        }
        for account, name in ledger.accounts()
    ]


def _make(store: Store, given: argparse.Namespace) -> Rows:
    _known(store, given.account)
    secret, key = Keys(store).make(
        given.account,
        scopes=given.scope or (CALL, USAGE),
        label=given.label,
        rate=given.rate,
        burst=given.burst,
    )
    return [{"key": key.id, "secret": secret}]


def _keys(store: Store, given: argparse.Namespace) -> Rows:
    accounts = [given.account] if given.account else [id_ for id_, _ in Ledger(store).accounts()]
    if given.account:
        _known(store, given.account)
    return [
        {
            "key": key.id,
            "account": key.account,
            "state": "active" if key.revoked_ms is None else "revoked",
            "scopes": ",".join(sorted(key.scopes)),
            "rate": "" if key.rate is None else f"{key.rate:g}/s",
            "label": key.label,
        }
        for account in accounts
        for key in Keys(store).of(account)
    ]


def _revoke(store: Store, given: argparse.Namespace) -> Rows:
    if not Keys(store).revoke(given.key):
        raise NotFound(f"there is no active key {given.key}", hint="`keys list` tells which are")
    return [{"key": given.key, "state": "revoked"}]


def _grant(store: Store, given: argparse.Namespace) -> Rows:
    ledger = Ledger(store)
    done = ledger.grant(given.account, _micro(given.credits), given.invoice)
    balance = _credits(ledger.balance(given.account))
    state = "granted" if done else "was granted before"
    return [{"account": given.account, "credits": balance, "state": state}]


def _books(store: Store, given: argparse.Namespace) -> Rows:
    ledger = Ledger(store)
    ledger.check()
    return [
        {"what": "paid in, less paid out", "credits": _credits(-ledger.balance(OUTSIDE))},
        {"what": "earned", "credits": _credits(ledger.balance(REVENUE))},
        {"what": "being paid out", "credits": _credits(ledger.balance(PAYOUT))},
        {"what": "the books", "credits": "balance"},
    ]


def _known(store: Store, account: str) -> None:
    if account not in [id_ for id_, _ in Ledger(store).accounts()]:
        raise NotFound(f"there is no account {account}", hint="`accounts list` tells which are")


def _micro(amount: str) -> int:
    try:
        micro = credits(Decimal(amount))
    except (InvalidOperation, ValueError, OverflowError):
        micro = 0
    if micro <= 0:
        raise ConfigError(f"{amount!r} is no number of credits above 0", hint="such as 2.5")
    return micro


def _credits(micro: int) -> str:
    return f"{Decimal(micro) / MICRO:f}"


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, help="the validator's state folder")
    shared.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(prog="gateway", description="Accounts, keys, credit, books.")
    groups = parser.add_subparsers(required=True, metavar="|".join(GROUPS))

    def words(name: str, says: str) -> Any:
        return groups.add_parser(name, help=says).add_subparsers(required=True)

    def word(of: Any, name: str, does: Callable[..., Rows], says: str) -> Any:
        made = of.add_parser(name, help=says, parents=[shared])
        made.set_defaults(does=does)
        return made

    accounts = words("accounts", "who buys")
    opening = word(accounts, "open", _open, "open an account, with a key")
    opening.add_argument("name")
    opening.add_argument("--grant", metavar="CREDITS", default="", help="credit to begin with")
    word(accounts, "list", _accounts, "accounts and what they hold")

    keys = words("keys", "what buyers ask with")
    making = word(keys, "make", _make, "make another key for an account")
    making.add_argument("account")
    making.add_argument("--label", default="")
    making.add_argument("--scope", action="append", choices=(CALL, USAGE), help="for this only")
    making.add_argument("--rate", type=float, help="requests a second")
    making.add_argument("--burst", type=float, help="requests at once")
    listing = word(keys, "list", _keys, "keys without their secrets")
    listing.add_argument("account", nargs="?", default="")
    word(keys, "revoke", _revoke, "end a key").add_argument("key")

    granting = word(words("credit", "what they pay with"), "grant", _grant, "credit an account")
    granting.add_argument("account")
    granting.add_argument("credits")
    granting.add_argument("--invoice", required=True, help="each is credited once")

    word(groups, "books", _books, "check that all adds up, and what was earned")
    return parser
