"""``taokit wallet create|new-...|regen-...``: making keys, and getting them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.commands.wallet import Name, app, entry_of, scheme
from taokit.cli.context import Run
from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.global_options import WALLET
from taokit.cli.phrases import PhraseOut, read_secret, refuse_on_argv
from taokit.cli.tree import command, run_of
from taokit.wallet.errors import WalletExists

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
) -> None:
    """Make a wallet: a coldkey, encrypted unless told otherwise, and a hotkey."""
    run = run_of(ctx)
    wallet = wallets.chosen(run, name)
    try:
        for file in (wallet.coldkey_file, wallet.coldkeypub_file, wallet.hotkey_file):
            file.require_absent()
    except WalletExists as error:
        error.hint = f"add a hotkey with `taokit wallet new-hotkey -w {wallet.name}`"
        raise
    made = _Making(run, wallet, n_words, uri, mnemonic_out)
    with made:
        made.key("coldkey", coldkey_crypto_type, encrypt=use_password is not False)
        made.key("hotkey", hotkey_crypto_type, encrypt=False)
    made.report()
    run.out.next(f"taokit wallet balance {wallet.name}")


@command(
    app,
    "new-coldkey",
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
    _allow(run, wallet, "coldkey", overwrite, confirm)
    made = _Making(run, wallet, n_words, uri, mnemonic_out, overwrite)
    with made:
        made.key("coldkey", crypto_type, encrypt=use_password is not False)
    made.report()


@command(
    app,
    "new-hotkey",
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
    _allow(run, wallet, "hotkey", overwrite, confirm)
    made = _Making(run, wallet, n_words, uri, mnemonic_out, overwrite)
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
    _allow(run, wallet, "coldkey", overwrite, confirm)
    sources = _Sources(mnemonic_file, seed_file, json_file, json_password_file)
    key = _restored(run, sources, crypto_type, "coldkey")
    wallet.save_coldkey(key, encrypt=use_password is not False, overwrite=overwrite)
    _report(run, wallet, "coldkey", key)


@command(
    app,
    "regen-hotkey",
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
    _allow(run, wallet, "hotkey", overwrite, confirm)
    sources = _Sources(mnemonic_file, seed_file, json_file, json_password_file)
    key = _restored(run, sources, crypto_type, "hotkey")
    wallet.save_hotkey(key, encrypt=bool(use_password), overwrite=overwrite)
    _report(run, wallet, "hotkey", key)


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
    key = _public(ss58_address, public_key_hex, crypto_type)
    wallet.save_coldkeypub(key, overwrite=overwrite)
    _report(run, wallet, "coldkey", key)


@command(
    app,
    "regen-hotkeypub",
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
    key = _public(ss58_address, public_key_hex, crypto_type)
    wallet.save_hotkeypub(key, overwrite=overwrite)
    _report(run, wallet, "hotkey", key)


@command(
    app,
    "delete",
    examples=["taokit wallet delete old", "taokit wallet delete old --hotkey miner1"],
    shows=("wallet_name", "hotkey", "wallet_path"),
)
def delete(ctx: typer.Context, name: Name = None, confirm: Confirm = None) -> None:
    """Delete a wallet's key files, or with --hotkey one hotkey's. There is no way back."""
    run = run_of(ctx)
    entry = entry_of(run, name)
    hotkey = run.flags.hotkey
    what = f"hotkey {hotkey} of wallet {entry.name}" if hotkey else f"wallet {entry.name}"
    run.prompts.confirm_by_name(
        f"This deletes {what}. Without the recovery phrase it is gone for good.",
        entry.name,
        confirm,
    )
    folder = wallets.store(run)
    removed = folder.delete_hotkey(entry.name, hotkey) if hotkey else folder.delete(entry.name)
    if run.out.form == "json":
        run.out.document({"deleted": removed})
    else:
        run.out.note("\n".join(f"deleted {path}" for path in removed))


class _Making:
    """Making the keys of one command: each on disk first, its phrase delivered after."""

    def __init__(
        self,
        run: Run,
        wallet: Any,
        words: int,
        uri: str | None,
        mnemonic_out: str | None,
        overwrite: bool = False,
    ) -> None:
        if uri is not None and not uri.startswith("//"):
            refuse_on_argv(uri, "--uri with a phrase", "--mnemonic-file")
        if words not in (12, 15, 18, 21, 24):
            raise UsageError(f"no phrase has {words} words", hint="12, 15, 18, 21 or 24")
        self.run, self.wallet = run, wallet
        self.words, self.uri, self.overwrite = words, uri, overwrite
        self.out = None if uri is not None else PhraseOut(run, mnemonic_out)
        self.made: dict[str, Any] = {}

    def __enter__(self) -> None:
        if self.out is not None:
            self.out.__enter__()

    def __exit__(self, *exc: object) -> None:
        if self.out is not None:
            self.out.__exit__(*exc)

    def key(self, kind: str, crypto: str, *, encrypt: bool) -> None:
        """Make one key."""
        from taokit.wallet import Keypair

        number = scheme(crypto)
        with self.run.out.phase(f"making the {kind}"):
            if self.uri is not None:
                key = Keypair.from_uri(self.uri, crypto_type=number)
                save = getattr(self.wallet, f"save_{kind}")
                save(key, encrypt=encrypt, overwrite=self.overwrite)
            else:
                new = getattr(self.wallet, f"create_{kind}")(
                    self.words, encrypt=encrypt, crypto_type=number, overwrite=self.overwrite
                )
                key = new.keypair
        if self.out is not None:
            self.out.deliver(kind, new.phrase)
        self.made[kind] = {
            "address": key.ss58_address,
            "crypto_type": crypto,
            "encrypted": encrypt,
        }

    def report(self) -> None:
        """Say what was made; never a phrase."""
        path = None if self.out is None else self.out.path
        names = {"wallet": self.wallet.name, "path": self.wallet.directory}
        if "hotkey" in self.made:
            self.made["hotkey"]["name"] = self.wallet.hotkey_name
        fields: dict[str, Any] = dict(names)
        for kind, made in self.made.items():
            label = kind if kind == "coldkey" else f"hotkey {self.wallet.hotkey_name}"
            fields[label] = made["address"]
        if path is not None:
            fields["phrase in"] = path
        self.run.out.record(fields, json={**names, **self.made, "mnemonic_file": path})


def _allow(run: Run, wallet: Any, kind: str, overwrite: bool, confirm: str | None) -> None:
    """Refuse before any work: a key is there and may not be replaced, or nobody confirmed."""
    file = getattr(wallet, f"{kind}_file")
    if not overwrite:
        try:
            file.require_absent()
        except WalletExists as error:
            error.hint = "choose another name, or add --overwrite to replace it"
            raise
    elif file.exists():
        run.prompts.confirm_by_name(
            f"This replaces {file.path}. Without its recovery phrase that key is gone for good.",
            wallet.name,
            confirm,
        )


@dataclass(frozen=True)
class _Sources:
    """Where a key that exists already is read from; one of the first three."""

    mnemonic_file: str | None
    seed_file: str | None
    json_file: str | None
    json_password_file: str | None


def _restored(run: Run, sources: _Sources, crypto: str, kind: str) -> Any:
    from taokit.wallet import Keypair, import_json

    given = (sources.mnemonic_file, sources.seed_file, sources.json_file)
    if sum(source is not None for source in given) > 1:
        raise UsageError(
            "more than one source was given",
            hint="use one of --mnemonic-file, --seed-file and --json-file",
        )
    if sources.json_file is not None:
        text = read_secret(run, sources.json_file, "the JSON", "--json-file")
        password = read_secret(
            run, sources.json_password_file, "password of the JSON", "--json-password-file"
        )
        return import_json(text, password)
    if sources.seed_file is not None:
        seed = read_secret(run, sources.seed_file, "the seed", "--seed-file")
        return Keypair.from_seed(seed, crypto_type=scheme(crypto))
    phrase = read_secret(
        run, sources.mnemonic_file, "recovery phrase", "--mnemonic-file", label=kind
    )
    return Keypair.from_mnemonic(phrase, crypto_type=scheme(crypto))


def _public(address: str | None, public_key: str | None, crypto: str) -> Any:
    from taokit.wallet import Keypair

    if public_key is not None:
        return Keypair.from_public_key(public_key, crypto_type=scheme(crypto))
    if address is None:
        raise MissingInput("the address", flag="--ss58-address ADDRESS")
    return Keypair.from_address(address, crypto_type=scheme(crypto))


def _report(run: Run, wallet: Any, kind: str, key: Any) -> None:
    label = kind if kind == "coldkey" else f"hotkey {wallet.hotkey_name}"
    fields = {"wallet": wallet.name, "path": wallet.directory, label: key.ss58_address}
    document = {
        "wallet": wallet.name,
        "path": wallet.directory,
        kind: {"address": key.ss58_address, "crypto_type": key.crypto_type.name.lower()},
    }
    run.out.record(fields, json=document)
