"""``taokit wallet``: what is there, and signatures.

Making keys is in wallet_keys.py, money in wallet_money.py, what is done with
key files in wallet_storage.py.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.context import Run
from taokit.cli.errors import MissingInput
from taokit.cli.exits import Exit
from taokit.cli.global_options import WALLET
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of
from taokit.wallet.errors import WalletNotFound


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "wallet",
        examples={
            "transfer": [
                "taokit wallet transfer --to 5F... --amount 1.5 -w alice",
                "taokit wallet transfer --to bob --amount all -w alice",
            ],
        },
        next_steps={"transfer": "taokit wallet balance{wallet}"},
    )


app = group(more=_operations)

Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Wallet; --wallet-name says the same.")
]


@command(
    app,
    "list",
    examples=["taokit wallet list", "taokit wallet list --plain | cut -f3"],
    shows=("wallet_path",),
)
def list_wallets(
    ctx: typer.Context,
    coldkeys_only: Annotated[
        bool, typer.Option("--coldkeys-only", help="Leave the hotkeys out.")
    ] = False,
) -> None:
    """List the wallets and their keys. Opens nothing and needs no password."""
    run = run_of(ctx)
    folder = wallets.store(run)
    entries = folder.entries()
    if run.flags.wallet_name is not None:
        wallets.named(run, run.flags.wallet_name)
        entries = [entry for entry in entries if entry.name == run.flags.wallet_name]
    rows = [row for entry in entries for row in _rows(entry, coldkeys_only)]
    columns = [
        Column("wallet", "Wallet", priority=9),
        Column("key", "Key", priority=8),
        Column("address", "Address", priority=7, address=True),
        Column("type", "Type", priority=2),
        Column("encrypted", "Encrypted", priority=3),
        Column("problem", "Problem", priority=1) if any(r["problem"] for r in rows) else None,
    ]
    run.out.table(
        [column for column in columns if column is not None],
        rows,
        empty=f"no wallets in {folder.path}; make one with `taokit wallet create`",
        json=[wallet_document(entry) for entry in entries],
    )


@command(
    app,
    "show",
    examples=["taokit wallet show alice"],
    shows=("wallet_path",),
)
def show(ctx: typer.Context, name: Name = None) -> None:
    """Show one wallet: its addresses and files."""
    run = run_of(ctx)
    entry = entry_of(run, name)
    fields: dict[str, Any] = {"wallet": entry.name, "path": entry.path}
    if entry.coldkey is not None:
        fields["coldkey"] = _described(entry.coldkey)
    for key in entry.hotkeys:
        fields[f"hotkey {key.name}"] = _described(key)
    run.out.record(fields, json=wallet_document(entry))


@command(
    app,
    "sign",
    examples=[
        "taokit wallet sign --message 'I am alice' -w alice",
        "taokit wallet sign --message - -w alice --use-hotkey < letter.txt",
    ],
    shows=WALLET,
)
def sign(
    ctx: typer.Context,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="What to sign; - is stdin."),
    ] = None,
    use_hotkey: Annotated[
        bool, typer.Option("--use-hotkey/--no-use-hotkey", help="Sign with the hotkey.")
    ] = False,
    bare: Annotated[
        bool,
        typer.Option(
            "--bare", help="Sign the bytes as they are (as btcli does), not inside <Bytes>."
        ),
    ] = False,
) -> None:
    """Sign a message with a wallet's key.

    The message is wrapped in <Bytes>, so that the signature can never be a transaction's.
    """
    run = run_of(ctx)
    if bare:
        from taokit.cli.policy import refuse_unseen

        refuse_unseen(run, "bytes that are signed as they are")
    text = _message(run, message)
    wallet = wallets.chosen(run)
    try:
        key = wallet.hotkey if use_hotkey else wallet.coldkey
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None
    signature = (key.sign(text) if bare else key.sign_message(text)).hex()
    fields = {
        "signature": "0x" + signature,
        "address": key.ss58_address,
        "crypto_type": key.crypto_type.name.lower(),
        "wrapped": not bare,
    }
    run.out.record(fields)


@command(
    app,
    "verify",
    examples=["taokit wallet verify --message 'I am alice' --signature 0x... --address 5F..."],
)
def verify(
    ctx: typer.Context,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="What was signed; - is stdin."),
    ] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", "-s", metavar="HEX", help="The signature.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            "-a",
            "--public-key",
            "-p",
            metavar="ADDRESS",
            help="Who is said to have signed: an address, public key, wallet or wallet/hotkey.",
        ),
    ] = None,
    crypto_type: Annotated[
        str, typer.Option(metavar="TYPE", help="sr25519 or ed25519.")
    ] = "sr25519",
) -> None:
    """Check a signature; exits with 1 if it is not valid."""
    from taokit.cli.addresses import resolve
    from taokit.wallet import Keypair

    run = run_of(ctx)
    text = _message(run, message)
    if signature is None:
        raise MissingInput("the signature to check", flag="--signature HEX")
    if address is None:
        raise MissingInput("who is said to have signed", flag="--address ADDRESS")
    signer = resolve(run, address)
    key = Keypair.from_address(signer, crypto_type=wallets.scheme(crypto_type))
    valid = key.verify_message(text, signature)
    word = "valid" if valid else "not valid"
    run.out.line(f"{word}: {signer}", json={"valid": valid, "address": signer})
    if not valid:
        raise typer.Exit(Exit.REFUSED)


def entry_of(run: Run, name: str | None) -> Any:
    """The entry of the wallet that is meant."""
    wanted = wallets.named(run, name)
    try:
        return wallets.store(run).entry(wanted)
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None


def wallet_document(entry: Any) -> dict[str, Any]:
    """One wallet as JSON."""
    return {
        "wallet": entry.name,
        "path": entry.path,
        "coldkey": None if entry.coldkey is None else _key_document(entry.coldkey),
        "hotkeys": [{"name": key.name, **_key_document(key)} for key in entry.hotkeys],
    }


def _key_document(key: Any) -> dict[str, Any]:
    return {
        "address": key.address,
        "crypto_type": None if key.crypto_type is None else key.crypto_type.name.lower(),
        "encrypted": key.encrypted,
        "problem": None if key.problem is None else key.problem.message,
    }


def _rows(entry: Any, coldkeys_only: bool) -> list[dict[str, Any]]:
    keys = [("coldkey", entry.coldkey)] if entry.coldkey is not None else []
    if not coldkeys_only:
        keys += [(f"hotkey {key.name}", key) for key in entry.hotkeys]
    return [
        {
            "wallet": entry.name,
            "key": label,
            "address": key.address,
            "type": None if key.crypto_type is None else key.crypto_type.name.lower(),
            "encrypted": "watched" if key.encrypted is None else key.encrypted,
            "problem": None if key.problem is None else key.problem.message,
        }
        for label, key in keys
    ]


def _described(key: Any) -> str:
    state = {None: "watched only", True: "encrypted", False: "not encrypted"}[key.encrypted]
    return f"{key.address or 'address unknown until unlocked'} ({state})"


def _message(run: Run, given: str | None) -> bytes:
    if given is None:
        given = run.prompts.text("the message", flag="--message TEXT")
    if given != "-":
        return given.encode()
    wallets.leave_stdin(run, "--message")
    return sys.stdin.buffer.read()


from taokit.cli.commands import (  # noqa: E402 - they add to app
    wallet_chain,  # noqa: F401
    wallet_history,  # noqa: F401
    wallet_keys,  # noqa: F401
    wallet_messages,  # noqa: F401
    wallet_money,  # noqa: F401
    wallet_overview,  # noqa: F401
    wallet_storage,  # noqa: F401
    wallet_watch,  # noqa: F401
)
