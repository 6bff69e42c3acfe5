"""``taokit wallet export|rename|delete|remember|forget``: key files and what belongs to them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import remembered, wallets
from taokit.cli.commands.wallet import Name, app
from taokit.cli.context import Run
from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.global_options import WALLET
from taokit.cli.tree import command, run_of
from taokit.wallet.errors import WalletNotFound, WrongPassword

if TYPE_CHECKING:
    from taokit.wallet import Keyfile, Wallet

_NAMES = ("wallet_name", "hotkey", "wallet_path")


@dataclass(frozen=True)
class _Meant:
    """The key that a command is about: a wallet's coldkey, or a hotkey that was named."""

    wallet: Wallet
    kind: str

    @property
    def file(self) -> Keyfile:
        """Its private file."""
        return self.wallet.hotkey_file if self.kind == "hotkey" else self.wallet.coldkey_file

    @property
    def label(self) -> str:
        """What to call it."""
        if self.kind == "coldkey":
            return f"coldkey of {self.wallet.name}"
        return f"hotkey {self.wallet.hotkey_name} of {self.wallet.name}"

    @property
    def name(self) -> str:
        """What a command that is about it takes."""
        hotkey = f"/{self.wallet.hotkey_name}" if self.kind == "hotkey" else ""
        return f"{self.wallet.name}{hotkey}"

    @property
    def document(self) -> dict[str, Any]:
        """The same in JSON."""
        name = self.wallet.hotkey_name if self.kind == "hotkey" else None
        return {"wallet": self.wallet.name, "hotkey": name, "path": self.file.path}


def _meant(run: Run, name: str | None) -> _Meant:
    """``NAME`` or ``NAME/HOTKEY``; with ``--hotkey`` that hotkey. Raises WalletNotFound."""
    given = wallets.named(run, name)
    wallet = wallets.chosen(run, given, run.flags.hotkey)
    kind = "hotkey" if run.flags.hotkey is not None or "/" in given else "coldkey"
    try:
        entry = wallets.store(run).entry(wallet.name)
        found = _Meant(wallet, kind)
        if kind == "hotkey" and wallet.hotkey_name not in {key.name for key in entry.hotkeys}:
            raise WalletNotFound(
                f"there is no {found.label}",
                kind="hotkey",
                name=found.name,
                path=wallet.hotkey_file.path,
            )
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None
    return found


@command(
    app,
    "export",
    section="Keeping keys",
    examples=[
        "taokit wallet export alice --out alice.json",
        "taokit wallet export alice/miner1 --out miner1.json --json-password-file secret.txt",
    ],
    shows=WALLET,
)
def export(
    ctx: typer.Context,
    name: Name = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE", help="Write it to FILE (0600).")
    ] = None,
    json_password_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Read the JSON's own, new password from FILE."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--no-overwrite", help="Replace FILE if it is there.")
    ] = False,
) -> None:
    """Export a coldkey, or with --hotkey a hotkey, as JSON that polkadot.js takes.

    The JSON is encrypted under a password of its own. `taokit wallet regen-coldkey --json-file`
    reads it back.
    """
    from taokit.cli.phrases import read_secret
    from taokit.wallet import atomic_file, export_json

    run = run_of(ctx)
    meant = _meant(run, name)
    if out is None:
        raise MissingInput("where the JSON goes", flag="--out FILE")
    path = Path(out).expanduser()
    if path.exists() and not overwrite:
        error = atomic_file.already_there(path)
        error.hint = "name another file, or add --overwrite"
        raise error
    flag, what = "--json-password-file", "password for the JSON"
    if json_password_file is None:
        password = run.prompts.secret(what, flag=f"{flag} FILE", twice=True)
    else:
        password = read_secret(run, json_password_file, what, flag)
    if not password:
        raise UsageError(f"the {what} is empty", hint="choose a long one: it is all that protects")
    key = meant.wallet.hotkey if meant.kind == "hotkey" else meant.wallet.coldkey
    label = meant.wallet.name if meant.kind == "coldkey" else meant.file.name
    text = export_json(key, password, name=label)
    atomic_file.write_file(path, text.encode() + b"\n", overwrite=overwrite)
    document = {**meant.document, "path": path.absolute(), "address": key.ss58_address}
    run.out.line(f"{meant.label} ({key.ss58_address}) is in {path}", json=document)


@command(
    app,
    "rename",
    section="Keeping keys",
    examples=["taokit wallet rename alice bob", "taokit wallet rename alice/default miner1"],
    shows=("hotkey", "wallet_path"),
)
def rename(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Wallet, or wallet/hotkey.")],
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
) -> None:
    """Rename a wallet with all its keys, or one hotkey. Addresses stay as they are."""
    run = run_of(ctx)
    meant = _meant(run, name)
    store, wallet = wallets.store(run), meant.wallet
    if meant.kind == "hotkey":
        store.rename_hotkey(wallet.name, wallet.hotkey_name, new_name)
        new = store.open(wallet.name, new_name)
        moved = [(wallet.hotkey_file.path, new.hotkey_file.path)]
        setting, old_name = "wallet.hotkey", wallet.hotkey_name
    else:
        hotkeys = [key.name for key in store.entry(wallet.name).hotkeys]
        store.rename(wallet.name, new_name)
        new = store.open(new_name)
        moved = [(wallet.coldkey_file.path, new.coldkey_file.path)]
        folders = (wallet.hotkey_file.path.parent, new.hotkey_file.path.parent)
        moved += [(folders[0] / hotkey, folders[1] / hotkey) for hotkey in hotkeys]
        setting, old_name = "wallet.name", wallet.name
    remembered.move(run, moved)
    path = new.hotkey_file.path if meant.kind == "hotkey" else new.directory
    document = {"kind": meant.kind.replace("coldkey", "wallet"), "from": old_name, "to": new_name}
    run.out.line(f"{old_name} is now {new_name} ({path})", json={**document, "path": path})
    found = run.settings.resolve(setting)
    if found.value == old_name and found.origin.kind in ("user", "project"):
        run.out.warn(f"{found.origin.where} still says {setting} = {old_name}")
        run.out.next(f"taokit config set {setting} {new_name}")


@command(
    app,
    "delete",
    section="Keeping keys",
    examples=["taokit wallet delete old", "taokit wallet delete old --hotkey miner1"],
    shows=_NAMES,
)
def delete(
    ctx: typer.Context,
    name: Name = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="NAME", help="Confirm by the wallet's name.")
    ] = None,
) -> None:
    """Delete a wallet's key files, or with --hotkey one hotkey's. There is no way back."""
    run = run_of(ctx)
    meant = _meant(run, name)
    wallet, hotkey = meant.wallet, meant.kind == "hotkey"
    run.prompts.confirm_by_name(
        f"This deletes {meant.label if hotkey else f'wallet {wallet.name}'}. "
        "Without the recovery phrase it is gone for good.",
        wallet.name,
        confirm,
    )
    store = wallets.store(run)
    if hotkey:
        removed = store.delete_hotkey(wallet.name, wallet.hotkey_name)
    else:
        removed = store.delete(wallet.name)
    remembered.drop(run, removed)
    if run.out.form == "json":
        run.out.document({"deleted": removed})
    else:
        run.out.note("\n".join(f"deleted {path}" for path in removed))


@command(
    app,
    "remember",
    section="Keeping keys",
    examples=[
        "taokit wallet remember alice",
        "taokit wallet remember alice --password-file secret.txt",
    ],
    shows=WALLET,
)
def remember(ctx: typer.Context, name: Name = None) -> None:
    """Keep a key's password in the OS keyring, once it has opened the key.

    From then on nothing asks for it, under this user. With --hotkey, a hotkey's.
    """
    run = run_of(ctx)
    meant = _meant(run, name)
    file = meant.file
    if not file.exists() or not file.is_encrypted():
        why = "is not encrypted" if file.exists() else "is only watched: there is no key here"
        raise UsageError(f"the {meant.label} {why}", hint="nothing asks for a password of it")
    password = wallets.passwords(run, keyring=False).find(file.path)
    try:
        with run.out.phase("trying the password"):
            file.read(password.value)
    except WrongPassword as error:
        error.hint = f"it came from {password.source}; {error.hint}"
        raise
    remembered.remember(file.path, password.value)
    run.out.line(
        f"the password of the {meant.label} is in the OS keyring",
        json={**meant.document, "remembered": True},
    )
    undo = shlex.join(["taokit", "wallet", "forget", meant.name])
    run.out.note(f"Anyone who can use your session can use the key. Undo: {undo}")


@command(
    app,
    "forget",
    section="Keeping keys",
    examples=["taokit wallet forget alice", "taokit wallet forget alice --hotkey miner1"],
    shows=_NAMES,
)
def forget(ctx: typer.Context, name: Name = None) -> None:
    """Remove a key's password from the OS keyring."""
    from taokit.wallet import forget_password

    run = run_of(ctx)
    meant = _meant(run, name)
    gone = forget_password(meant.file.path)
    said = "is no longer" if gone else "was not"
    run.out.line(
        f"the password of the {meant.label} {said} in the OS keyring",
        json={**meant.document, "forgotten": gone},
    )
