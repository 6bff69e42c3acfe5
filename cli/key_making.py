"""Making, restoring and reporting keys: what the commands that make keys share.

Owns the order that keeps keys safe: refuse first, write the key, deliver its phrase, report it.
Does not own the commands (commands/wallet_keys.py) nor where phrases go (phrases.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taokit.cli.context import Run
from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.phrases import PhraseOut, read_secret, refuse_on_argv
from taokit.cli.wallets import scheme
from taokit.wallet.errors import WalletExists

__all__ = ["Making", "Sources", "allow", "public_key", "report", "restored"]


class Making:
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


def allow(run: Run, wallet: Any, kind: str, overwrite: bool, confirm: str | None) -> None:
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
class Sources:
    """Where a key that exists already is read from; one of the first three."""

    mnemonic_file: str | None
    seed_file: str | None
    json_file: str | None
    json_password_file: str | None


def restored(run: Run, sources: Sources, crypto: str, kind: str) -> Any:
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


def public_key(address: str | None, public_key: str | None, crypto: str) -> Any:
    from taokit.wallet import Keypair

    if public_key is not None:
        return Keypair.from_public_key(public_key, crypto_type=scheme(crypto))
    if address is None:
        raise MissingInput("the address", flag="--ss58-address ADDRESS")
    return Keypair.from_address(address, crypto_type=scheme(crypto))


def report(run: Run, wallet: Any, kind: str, key: Any) -> None:
    label = kind if kind == "coldkey" else f"hotkey {wallet.hotkey_name}"
    fields = {"wallet": wallet.name, "path": wallet.directory, label: key.ss58_address}
    document = {
        "wallet": wallet.name,
        "path": wallet.directory,
        kind: {"address": key.ss58_address, "crypto_type": key.crypto_type.name.lower()},
    }
    run.out.record(fields, json=document)
