"""What ``taokit doctor`` looks at: this machine, the settings, the folders, the endpoints.

Owns each check and what is a problem. Does not own how they are shown. Nothing here tells a secret,
the name of a wallet, or the home folder: the answer is to be pasted into issues.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.version import version

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["all_checks"]

LIBRARIES = (
    "typer",
    "rich",
    "websockets",
    "bip-utils",
    "pynacl",
    "py-sr25519-bindings",
    "cryptography",
    "keyring",
    "numpy",
    "xxhash",
)
_PATIENCE_S = 5.0
_OLD_BLOCK_S = 120


def all_checks(run: Run) -> list[dict[str, Any]]:
    """Every check, in order: what, its value, and a problem or None."""
    return [
        *_versions(),
        *_terminal(run),
        *_settings(run),
        *_variables(),
        _wallets(run),
        *_folders(),
        *_files(run),
        *_chains(),
        *_endpoints(run),
    ]


def _row(check: str, value: object, problem: str | None = None) -> dict[str, Any]:
    return {"check": check, "value": value, "problem": problem}


def _versions() -> Iterator[dict[str, Any]]:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    yield _row("taokit", version())
    yield _row("python", platform.python_version())
    yield _row("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    for name in LIBRARIES:
        try:
            yield _row(name, installed(name))
        except PackageNotFoundError:
            yield _row(name, None, "not installed")


def _terminal(run: Run) -> Iterator[dict[str, Any]]:
    terminal = run.terminal
    encoding = getattr(terminal.out, "encoding", None)
    color = "colours" if terminal.colored(terminal.out) else "no colours"
    kind = "a terminal" if terminal.is_tty(terminal.out) else "no terminal"
    yield _row("output", f"{kind}, encoding {encoding}, {color}")
    pager = (terminal.environ.get("PAGER") or "less").split()
    found = bool(pager) and shutil.which(pager[0]) is not None
    yield _row("pager", " ".join(pager[:1]), None if found else "not found: nothing is paged")


def _settings(run: Run) -> Iterator[dict[str, Any]]:
    for found in run.settings.everything():
        if found.origin.kind != "default":
            where = _redacted(found.origin.where)
            shown = "(set)" if found.key.startswith("wallet.") else _redacted(str(found.value))
            yield _row(f"setting {found.key}", f"{shown}, from {where}")


def _variables() -> Iterator[dict[str, Any]]:
    """Variables that change what commands do, by their names alone."""
    names = [name for name in os.environ if name.startswith(("TAOKIT_", "BT_"))]
    names += [name for name in ("NO_COLOR", "FORCE_COLOR", "ALL_PROXY") if os.environ.get(name)]
    if names:
        yield _row("variables", ", ".join(sorted(names)))


def _wallets(run: Run) -> dict[str, Any]:
    folder = Path(run.settings["wallet.path"]).expanduser()
    if not folder.is_dir():
        return _row("wallets", "no folder yet")
    problems = []
    if not os.access(folder, os.R_OK | os.X_OK):
        return _row("wallets", None, "the folder cannot be read")
    if sys.platform != "win32":
        keys = (*folder.glob("*/coldkey"), *folder.glob("*/hotkeys/*"))
        private = [path for path in keys if "pub.txt" not in path.name]
        exposed = sum(1 for path in private if path.stat().st_mode & 0o077)
        if exposed:
            problems.append(f"{exposed} key files are readable by others: chmod 600")
        if folder.stat().st_mode & 0o022:
            problems.append("others may write into the folder: chmod 700")
    count = sum(1 for path in folder.iterdir() if path.is_dir())
    return _row("wallets", f"{count} in the folder", "; ".join(problems) or None)


def _folders() -> Iterator[dict[str, Any]]:
    from taokit.chain_client.runtime_cache import cache_directory
    from taokit.cli.data_folder import data_folder
    from taokit.cli.state import state_folder

    folders = {
        "cache": cache_directory(),
        "data": data_folder(os.environ),
        "state": state_folder(os.environ),
    }
    for name, folder in folders.items():
        there = next(p for p in (folder, *folder.parents) if p.exists())
        problem = None if os.access(there, os.W_OK) else "it cannot be written"
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
        shown = f"{size / 1e6:.1f} MB" if folder.exists() else "not there yet"
        yield _row(f"{name} folder", f"{_redacted(str(folder))}, {shown}", problem)


def _files(run: Run) -> Iterator[dict[str, Any]]:
    from taokit.cli.address_book import book_path, load
    from taokit.cli.policy import policy_of
    from taokit.wallet.errors import TaokitError

    try:
        yield _row("policy", "none" if policy_of(run) is None else "there is one")
    except TaokitError as error:
        yield _row("policy", "unreadable", _redacted(error.message))
    try:
        yield _row("address book", f"{len(load(book_path(run)))} entries")
    except TaokitError as error:
        yield _row("address book", "unreadable", _redacted(error.message))


def _chains() -> Iterator[dict[str, Any]]:
    from taokit.cli.localnet_records import running

    for record in running():
        yield _row("local chain", f"{record.endpoint}, blocks {record.block_time}")


def _endpoints(run: Run) -> list[dict[str, Any]]:
    """Whether a chain answers at each endpoint of the network, which, and how fresh it is."""
    import asyncio

    from taokit.cli.connection import network_of

    network = network_of(run)

    async def everyone() -> list[dict[str, Any]]:
        asked = (_endpoint(f"network {network.name}", url) for url in network.urls)
        return list(await asyncio.gather(*asked))

    return asyncio.run(everyone())


async def _endpoint(check: str, url: str) -> dict[str, Any]:
    import asyncio
    from time import perf_counter, time

    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import ClientError

    shown = _redacted(url)
    began = perf_counter()
    try:
        chain = await ChainClient.connect(
            url, connect_timeout=_PATIENCE_S, request_timeout=_PATIENCE_S, reconnect=False
        )
        async with chain:
            connected = (perf_counter() - began) * 1000
            head, moment, local = await asyncio.gather(
                chain.transport.send("chain_getHeader"),
                chain.query("Timestamp", "Now"),
                chain.transport.send("system_chainType"),
            )
            runtime = f"{chain.runtime.spec_name} {chain.runtime.spec_version}"
    except ClientError as error:
        return _row(check, shown, _redacted(error.message))
    number = int(head["number"], 16)
    age = time() - moment / 1000
    stuck = age > _OLD_BLOCK_S and local == "Live"
    problem = f"its newest block is {age:.0f} s old" if stuck else None
    return _row(check, f"{shown}: {runtime}, block {number}, {connected:.0f} ms", problem)


def _redacted(text: str) -> str:
    from taokit.chain_client.redaction import redacted

    shown = ",".join(redacted(part) for part in text.split(","))
    return shown.replace(str(Path.home()), "~")
