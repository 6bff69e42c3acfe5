"""``taokit wallet encrypt|decrypt``: messages that only one key can open."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from taokit.cli import wallets
from taokit.cli.addresses import resolve
from taokit.cli.commands.wallet import app
from taokit.cli.context import Run
from taokit.cli.errors import UsageError
from taokit.cli.global_options import WALLET
from taokit.cli.tree import command, run_of
from taokit.wallet.errors import WalletNotFound

_SECTION = "Messages"


@command(
    app,
    "encrypt",
    section=_SECTION,
    examples=[
        "taokit wallet encrypt --to 5F... --message 'meet me at noon'",
        "taokit wallet encrypt --to bob/ed --message - < letter.txt",
    ],
)
def encrypt(
    ctx: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", "--to-ss58", "-t", metavar="ADDRESS", help="Who can open it: an ed25519 key."
        ),
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="What to encrypt; - is stdin."),
    ] = None,
) -> None:
    """Encrypt a message to an ed25519 address, as btcli does.

    An sr25519 address looks the same, but nobody could open what is encrypted to it.
    """
    from taokit.wallet.sealed_box import seal

    run = run_of(ctx)
    whom = run.prompts.text("whom it is for", flag="--to ADDRESS") if to is None else to
    text = _text(run, message, "the message", "--message")
    address = resolve(run, whom)
    known = _scheme(run, address)
    if known == "sr25519":
        raise UsageError(
            f"{whom} is an sr25519 key, and only ed25519 keys can decrypt",
            hint="make one with `taokit wallet new-hotkey --crypto-type ed25519`",
        )
    if known is None:
        run.out.note("note: only an ed25519 key can open it; the address does not tell which it is")
    sealed = seal(address, text).hex()
    run.out.line(sealed, json={"recipient": address, "ciphertext": "0x" + sealed})


@command(
    app,
    "decrypt",
    section=_SECTION,
    examples=[
        "taokit wallet decrypt --ciphertext 0x... -w bob",
        "taokit wallet decrypt --ciphertext - -w bob --hotkey ed --use-hotkey < letter.hex",
    ],
    shows=WALLET,
)
def decrypt(
    ctx: typer.Context,
    ciphertext: Annotated[
        str | None,
        typer.Option("--ciphertext", "-c", metavar="HEX", help="What was sent; - is stdin."),
    ] = None,
    use_hotkey: Annotated[
        bool, typer.Option("--use-hotkey/--no-use-hotkey", help="Open it with the hotkey.")
    ] = False,
) -> None:
    """Open a message that was encrypted to one of a wallet's ed25519 keys."""
    from taokit.wallet.sealed_box import open_sealed

    run = run_of(ctx)
    given = _text(run, ciphertext, "the encrypted message", "--ciphertext").strip()
    try:
        sealed = bytes.fromhex(given.decode().lower().removeprefix("0x"))
    except ValueError:
        hint = "give it as `taokit wallet encrypt` printed it"
        raise UsageError("--ciphertext is not hex", hint=hint) from None
    wallet = wallets.chosen(run)
    try:
        key = wallet.hotkey if use_hotkey else wallet.coldkey
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None
    opened = open_sealed(key, sealed)
    try:
        text: str | None = opened.decode()
    except UnicodeDecodeError:
        text = None
    document = {"recipient": key.ss58_address, "message": text, "message_hex": "0x" + opened.hex()}
    run.out.line(document["message_hex"] if text is None else text, json=document)


def _scheme(run: Run, address: str) -> str | None:
    """The scheme of one of our own keys; None for a stranger's."""
    for entry in wallets.store(run).entries():
        for key in (entry.coldkey, *entry.hotkeys):
            if key is not None and key.address == address and key.crypto_type is not None:
                return str(key.crypto_type.name.lower())
    return None


def _text(run: Run, given: str | None, what: str, flag: str) -> bytes:
    if given is None:
        given = run.prompts.text(what, flag=f"{flag} TEXT")
    if given != "-":
        return given.encode()
    wallets.leave_stdin(run, flag)
    return sys.stdin.buffer.read()
