"""Wallets of a run: which one is meant, and where its passwords come from.

Owns the way from settings and options to a ``taokit.wallet.Wallet``. Does not own keys or files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from taokit.cli.errors import UsageError, closest

if TYPE_CHECKING:
    from taokit.cli.context import Run
    from taokit.wallet import PasswordRequest, PasswordSources, Wallet, WalletStore
    from taokit.wallet.errors import WalletNotFound

__all__ = [
    "chosen",
    "leave_stdin",
    "named",
    "own_hotkeys",
    "passwords",
    "scheme",
    "store",
    "with_near_names",
]


def store(run: Run) -> WalletStore:
    """The folder of wallets that the settings name."""
    from taokit.wallet import WalletStore

    return WalletStore(Path(run.settings["wallet.path"]).expanduser())


def chosen(run: Run, name: str | None = None, hotkey: str | None = None) -> Wallet:
    """The wallet that is meant: named here, or by the settings. Its files may not exist."""
    given = named(run, name)
    if given.startswith("//"):
        if given.count("/") != 2:
            hint = "//Alice, for one"
            raise UsageError("a secret URI does not belong on a command line", hint=hint)
        raise UsageError(
            f"{given} is a development account: it has no hotkey and no files",
            hint="add --hotkey ADDRESS where a hotkey is asked for, or choose a wallet: -w NAME",
        )
    wallet, slash, inner = given.partition("/")
    if hotkey is None:
        hotkey = inner if slash else str(run.settings["wallet.hotkey"])
    return store(run).open(wallet, hotkey, passwords=passwords(run))


def named(run: Run, name: str | None) -> str:
    """The name given, or the one of the settings; an empty one is none, not the default."""
    if name == "":
        raise UsageError("the name of the wallet is empty", hint="is a shell variable unset?")
    return str(run.settings["wallet.name"]) if name is None else name


def own_hotkeys(run: Run) -> dict[str, str]:
    """Names of the hotkeys in the folder of wallets, by address: ``wallet`` or ``wallet/hotkey``.

    For showing only: where the folder cannot be read, nothing is known.
    """
    from taokit.wallet.errors import WalletError

    try:
        entries = store(run).entries()
    except WalletError:
        return {}
    return {
        key.address: entry.name if key.name == "default" else f"{entry.name}/{key.name}"
        for entry in entries
        for key in entry.hotkeys
        if key.address is not None
    }


def passwords(run: Run, *, keyring: bool = True) -> PasswordSources:
    """Where passwords come from: option, keyring, ``BT_PW_...``, then a question."""
    from taokit.wallet import PasswordSources

    file, descriptor = run.flags.password_file, run.flags.password_fd
    if file == "-":
        file, descriptor = None, 0

    def ask(request: PasswordRequest) -> str | None:
        if not run.prompts.possible:
            return None
        doing = "choose a password for" if request.new else "password of"
        return run.prompts.secret(
            f"{doing} {request.path}", flag="--password-file FILE", twice=request.new
        )

    return PasswordSources(
        file=Path(file).expanduser() if file else None,
        descriptor=descriptor,
        keyring=keyring,
        prompt=ask,
    )


def leave_stdin(run: Run, flag: str) -> None:
    """Before reading stdin for ``flag -``: refuse when the password is to come from there too."""
    if run.flags.password_file == "-" or run.flags.password_fd == 0:
        way = "--password-file -" if run.flags.password_file == "-" else "--password-fd 0"
        raise UsageError(
            f"{flag} - and {way} cannot both be read from stdin",
            hint="give the password with --password-file FILE or --password-fd N instead",
        )


def with_near_names(run: Run, error: WalletNotFound) -> WalletNotFound:
    """The error with a hint that names wallets that look alike, or how to make one."""
    known = [entry.name for entry in store(run).entries()]
    wallet = error.name.split("/")[0]
    near = closest(wallet, [name for name in known if name != wallet])
    if near:
        error.hint = f"did you mean {' or '.join(near)}? `taokit wallet list` shows them all"
    elif error.kind == "hotkey":
        error.hint = f"taokit wallet new-hotkey --wallet-name {wallet} --hotkey NAME"
    else:
        error.hint = f"taokit wallet create --wallet-name {wallet}"
    return error


def scheme(name: str) -> int:
    """The number of a signature scheme by its name."""
    from taokit.wallet import CryptoType

    try:
        return CryptoType[name.upper()]
    except KeyError:
        raise UsageError(f"there is no key type {name!r}", hint="use sr25519 or ed25519") from None
