"""``taokit wallet create|new-...|regen-...``: making keys, and getting them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli import wallets
from taokit.cli.commands.wallet import Name, app
from taokit.cli.global_options import WALLET
from taokit.cli.key_making import Making, Sources, allow, public_key, report, restored
from taokit.cli.phrases import refuse_on_argv
from taokit.cli.tree import command, run_of
from taokit.wallet.errors import WalletExists

if TYPE_CHECKING:
    from taokit.wallet import Wallet

Words = Annotated[
    int, typer.Option("--n-words", metavar="N", help="Words of the phrase: 12, 15, 18, 21 or 24.")
]
UsePassword = Annotated[
    bool | None,
    typer.Option("--use-password/--no-use-password", help="Encrypt the key file."),
]
Uri = Annotated[
    str | None, typer.Option(metavar="URI", help="A development key such as //Alice, instead.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite/--no-overwrite", help="Replace a key that is there.")
]
Confirm = Annotated[
    str | None, typer.Option(metavar="NAME", help="Confirm --overwrite by the wallet's name.")
]
MnemonicOut = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write the recovery phrase to a new FILE (mode 0600)."),
]
Scheme = Annotated[str, typer.Option(metavar="TYPE", help="sr25519 or ed25519.")]


@command(
    app,
    "create",
    section="Making keys",
    examples=[
        "taokit wallet create alice",
        "taokit wallet create -w bot --hotkey h1 --no-use-password --mnemonic-out bot.txt",
    ],
    shows=WALLET,
)
def create(
    ctx: typer.Context,
    name: Name = None,
    n_words: Words = 12,
    use_password: UsePassword = None,
    uri: Uri = None,
    coldkey_crypto_type: Scheme = "sr25519",
    hotkey_crypto_type: Scheme = "sr25519",
    mnemonic_out: MnemonicOut = None,
    overwrite: Overwrite = False,
    confirm: Confirm = None,
) -> None:
    """Make a wallet: a coldkey, encrypted unless told otherwise, and a hotkey."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    if overwrite:
        for kind in ("coldkey", "hotkey"):
            allow(run, wallet, kind, overwrite, confirm)
    else:
        _require_absent(wallet)
    made = Making(run, wallet, n_words, uri, mnemonic_out, overwrite)
    with made:
        made.key("coldkey", coldkey_crypto_type, encrypt=use_password is not False)
        made.key("hotkey", hotkey_crypto_type, encrypt=False)
    made.report()
    run.out.next(f"taokit wallet balance {wallet.name}")


def _require_absent(wallet: Wallet) -> None:
    try:
        for file in (wallet.coldkey_file, wallet.coldkeypub_file, wallet.hotkey_file):
            file.require_absent()
    except WalletExists as error:
        error.hint = f"add a hotkey with `taokit wallet new-hotkey -w {wallet.name}`"
        raise


@command(
    app,
    "new-coldkey",
    section="Making keys",
    examples=["taokit wallet new-coldkey -w alice"],
    shows=WALLET,
)
def new_coldkey(
    ctx: typer.Context,
    name: Name = None,
    n_words: Words = 12,
    use_password: UsePassword = None,
    uri: Uri = None,
    crypto_type: Scheme = "sr25519",
    mnemonic_out: MnemonicOut = None,
    overwrite: Overwrite = False,
    confirm: Confirm = None,
) -> None:
    """Make a coldkey only."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    allow(run, wallet, "coldkey", overwrite, confirm)
    made = Making(run, wallet, n_words, uri, mnemonic_out, overwrite)
    with made:
        made.key("coldkey", crypto_type, encrypt=use_password is not False)
    made.report()


@command(
    app,
    "new-hotkey",
    section="Making keys",
    examples=["taokit wallet new-hotkey -w alice --hotkey miner1"],
    shows=WALLET,
)
def new_hotkey(
    ctx: typer.Context,
    name: Name = None,
    n_words: Words = 12,
    use_password: UsePassword = None,
    uri: Uri = None,
    crypto_type: Scheme = "sr25519",
    mnemonic_out: MnemonicOut = None,
    overwrite: Overwrite = False,
    confirm: Confirm = None,
) -> None:
    """Make a hotkey for a wallet; not encrypted unless told otherwise."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    allow(run, wallet, "hotkey", overwrite, confirm)
    made = Making(run, wallet, n_words, uri, mnemonic_out, overwrite)
    with made:
        made.key("hotkey", crypto_type, encrypt=bool(use_password))
    made.report()


MnemonicFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read the phrase from FILE (- is stdin).")
]
SeedFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read a seed in hex from FILE (- is stdin).")
]
JsonFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read a polkadot.js JSON from FILE.")
]
JsonPasswordFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Read that JSON's own password from FILE.")
]
OnArgv = Annotated[str | None, typer.Option(hidden=True)]


@command(
    app,
    "regen-coldkey",
    section="Making keys",
    examples=[
        "taokit wallet regen-coldkey -w alice",
        "taokit wallet regen-coldkey -w alice --mnemonic-file phrase.txt",
    ],
    shows=WALLET,
)
def regen_coldkey(
    ctx: typer.Context,
    name: Name = None,
    mnemonic_file: MnemonicFile = None,
    seed_file: SeedFile = None,
    json_file: JsonFile = None,
    json_password_file: JsonPasswordFile = None,
    use_password: UsePassword = None,
    crypto_type: Scheme = "sr25519",
    overwrite: Overwrite = False,
    confirm: Confirm = None,
    mnemonic: OnArgv = None,
    seed: OnArgv = None,
) -> None:
    """Get a coldkey back from its phrase, seed or polkadot.js JSON."""
    run = run_of(ctx)
    refuse_on_argv(mnemonic, "--mnemonic", "--mnemonic-file")
    refuse_on_argv(seed, "--seed", "--seed-file")
    wallet = wallets.chosen(run, name)
    allow(run, wallet, "coldkey", overwrite, confirm)
    sources = Sources(mnemonic_file, seed_file, json_file, json_password_file)
    key = restored(run, sources, crypto_type, "coldkey")
    wallet.save_coldkey(key, encrypt=use_password is not False, overwrite=overwrite)
    report(run, wallet, "coldkey", key)


@command(
    app,
    "regen-hotkey",
    section="Making keys",
    examples=["taokit wallet regen-hotkey -w alice --hotkey miner1 --mnemonic-file phrase.txt"],
    shows=WALLET,
)
def regen_hotkey(
    ctx: typer.Context,
    name: Name = None,
    mnemonic_file: MnemonicFile = None,
    seed_file: SeedFile = None,
    json_file: JsonFile = None,
    json_password_file: JsonPasswordFile = None,
    use_password: UsePassword = None,
    crypto_type: Scheme = "sr25519",
    overwrite: Overwrite = False,
    confirm: Confirm = None,
    mnemonic: OnArgv = None,
    seed: OnArgv = None,
) -> None:
    """Get a hotkey back from its phrase, seed or polkadot.js JSON."""
    run = run_of(ctx)
    refuse_on_argv(mnemonic, "--mnemonic", "--mnemonic-file")
    refuse_on_argv(seed, "--seed", "--seed-file")
    wallet = wallets.chosen(run, name)
    allow(run, wallet, "hotkey", overwrite, confirm)
    sources = Sources(mnemonic_file, seed_file, json_file, json_password_file)
    key = restored(run, sources, crypto_type, "hotkey")
    wallet.save_hotkey(key, encrypt=bool(use_password), overwrite=overwrite)
    report(run, wallet, "hotkey", key)


PublicKey = Annotated[
    str | None,
    typer.Option("--public-key-hex", metavar="HEX", help="The public key, as 32 bytes of hex."),
]
Ss58 = Annotated[
    str | None,
    typer.Option("--ss58-address", "--ss58", metavar="ADDRESS", help="The address."),
]


@command(
    app,
    "regen-coldkeypub",
    section="Making keys",
    examples=["taokit wallet regen-coldkeypub -w watched --ss58-address 5F..."],
    shows=("wallet_name", "wallet_path"),
)
def regen_coldkeypub(
    ctx: typer.Context,
    name: Name = None,
    ss58_address: Ss58 = None,
    public_key_hex: PublicKey = None,
    crypto_type: Scheme = "sr25519",
    overwrite: Overwrite = False,
) -> None:
    """Write a coldkey's public file: enough to watch a wallet on a machine without its key."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    key = public_key(ss58_address, public_key_hex, crypto_type)
    wallet.save_coldkeypub(key, overwrite=overwrite)
    report(run, wallet, "coldkey", key)


@command(
    app,
    "regen-hotkeypub",
    section="Making keys",
    examples=["taokit wallet regen-hotkeypub -w watched --hotkey miner1 --ss58-address 5F..."],
    shows=("wallet_name", "hotkey", "wallet_path"),
)
def regen_hotkeypub(
    ctx: typer.Context,
    name: Name = None,
    ss58_address: Ss58 = None,
    public_key_hex: PublicKey = None,
    crypto_type: Scheme = "sr25519",
    overwrite: Overwrite = False,
) -> None:
    """Write a hotkey's public file."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    key = public_key(ss58_address, public_key_hex, crypto_type)
    wallet.save_hotkeypub(key, overwrite=overwrite)
    report(run, wallet, "hotkey", key)
