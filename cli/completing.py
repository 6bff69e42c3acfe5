"""Answers the shell's question what could be typed next: run as a script, for each Tab.

Owns that answer. Reads files only: the command tree as ``completion_tree`` wrote it, folders of
wallets, the address book, networks of the settings, subnets that were listed before. Asks no
network, and nobody. Imports nothing but the standard library, and nothing of taokit, because a
person waits: the shell runs it as ``python -I -S completing.py SHELL TREE PYTHON LINE``.
"""

from __future__ import annotations

import json
import os
import re
import sys

_NETWORKS = {
    "local": "a chain on this machine",
    "test": "the test network",
    "finney": "the main network",
    "archive": "the main network, with all past states",
}
_CHOICES = {
    "--color": ("auto", "always", "never"),
    "--wait": ("inclusion", "finalization", "none"),
    "--crypto-type": ("sr25519", "ed25519"),
}
_FILES = {"FILE"}
_FOLDERS = {"DIR"}
_WALLET = ("-w", "--wallet-name", "--wallet.name", "--wallet", "--name")
_MOST = 200

Found = dict[str, str]

TYPE_CHECKING = False  # typing is not imported for a completion
if TYPE_CHECKING:
    from typing import Any

    Tree = dict[str, Any]
    """What completion_tree.py wrote: JSON objects in each other."""

_places: dict[str, str] = {}
"""The user's folders on this platform, as the tree has them."""


def main(argv: list[str]) -> int:
    """``argv`` is the shell, the tree's file, the interpreter and the line up to the cursor.

    With ``load`` for the shell, the tree is only written anew where it is not as it should be.
    """
    shell, place, python, line = argv
    tree = read_tree(place)
    if tree is None or tree.get("made_from") != stamp():
        refresh(python)
    if tree is None or shell == "load":
        return 0
    _places.update(tree.get("places", {}))
    words = split(line)
    for text in told(shell, words, *suggestions(tree, words)):
        sys.stdout.write(text + "\n")
    return 0


def split(line: str) -> list[str]:
    """The words of a line, the last one being typed; quotes may be open."""
    import shlex

    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # an open quote
        words.append(lexer.token)
    if not words or line[-1:].isspace():
        words.append("")
    return words


def suggestions(tree: Tree, words: list[str]) -> tuple[Found, str]:
    """What could be the last word, with what each means; and ``files`` or ``dirs`` instead."""
    *before, current = words[1:] or [""]
    node, rest = _node(tree, before)
    options = {**tree["globals"], **node.get("options", {})}
    flag, equals, _ = current.partition("=")
    if equals and flag in options:
        found, kind = values(tree, flag, options[flag][0], before)
        return {f"{flag}={key}": told for key, told in found.items()}, kind
    if rest and rest[-1] in options and options[rest[-1]][0]:
        return values(tree, rest[-1], options[rest[-1]][0], before)
    if current.startswith("-"):
        shown = {o: about for o, (_, about, hidden) in options.items() if not hidden}
        return {**shown, "--help": "Show the help."}, ""
    taken = _arguments(rest, options)
    if node.get("commands") is not None:
        if taken:
            return {}, ""
        return {name: inner["about"] for name, inner in node["commands"].items()}, ""
    wanted = node.get("arguments", [])
    if not wanted:
        return {}, ""
    return values(tree, "", wanted[min(len(taken), len(wanted) - 1)], before)


def values(tree: Tree, flag: str, metavar: str, before: list[str]) -> tuple[Found, str]:
    """What an option or an argument could be, by what it is called."""
    plain = metavar.strip("[]")
    if flag in _CHOICES:
        return dict.fromkeys(_CHOICES[flag], ""), ""
    if plain in _FILES or plain in _FOLDERS:
        return {}, "files" if plain in _FILES else "dirs"
    if flag in ("--network", "--chain", "--subtensor-network"):
        return {**_NETWORKS, **_own_networks()}, ""
    if flag in ("--netuid", "-n", "--netuids") or plain == "N,N":
        return _netuids(before), ""
    if flag in ("--hotkey", "--wallet-hotkey", "-H"):
        return _hotkeys(before), ""
    if flag in _WALLET or (plain in ("NAME", "ADDRESS") and flag in ("", "--to", "--dest")):
        return {**_wallets(before), **(_addresses() if plain == "ADDRESS" else {})}, ""
    if plain == "ADDRESS":
        return {**_wallets(before), **_addresses()}, ""
    if plain == "HOTKEY":
        return _hotkeys(before), ""
    if plain == "KEY":
        return dict(tree["settings"]), ""
    if plain == "COMMAND|TOPIC":
        return {name: inner["about"] for name, inner in tree["commands"].items()}, ""
    if plain == "SHELL":
        return dict.fromkeys(("bash", "zsh", "fish"), ""), ""
    return {}, ""


def _node(tree: Tree, words: list[str]) -> tuple[Tree, list[str]]:
    """The command that the words lead to, and what comes after its name."""
    node, rest, skip = tree, [], False
    for word in words:
        inner = (node.get("commands") or {}).get(word)
        inner = inner or (node.get("aliases") or {}).get(word)
        if inner is None and word.replace("_", "-") in (node.get("commands") or {}):
            inner = node["commands"][word.replace("_", "-")]
        if isinstance(inner, str):
            inner = node["commands"][inner]
        if skip or inner is None:
            rest.append(word)
            known = tree["globals"].get(word)
            skip = not skip and known is not None and bool(known[0])
        else:
            node, rest = inner, []
    return node, rest


def _arguments(rest: list[str], options: Tree) -> list[str]:
    taken, skip = [], False
    for word in rest:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = "=" not in word and bool(options.get(word, ("",))[0])
        else:
            taken.append(word)
    return taken


def told(shell: str, words: list[str], found: Found, kind: str) -> list[str]:
    """The lines for a shell: those that begin as the word does, or that files are wanted."""
    if kind:
        return [f":{kind}"]
    current = words[-1] if words else ""
    lines = []
    for value, about in sorted(found.items(), key=lambda item: _order(item[0])):
        if value.startswith(current):
            if shell == "bash":
                # bash takes what follows the last = or : for the word that is completed.
                cut = max(current.rfind("="), current.rfind(":")) + 1
                lines.append(value[cut:])
            else:
                clean = " ".join(about.split())
                lines.append(f"{value}\t{clean}" if clean else value)
    return lines[:_MOST]


def _order(value: str) -> tuple[bool, int, str]:
    return (value.startswith("-"), int(value) if value.isdigit() else 0, value)


# What is on this machine.


def read_tree(place: str) -> Tree | None:
    """The command tree as it was written."""
    try:
        with open(place, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def stamp() -> str:
    """What changes when taokit is installed anew."""
    here = os.path.dirname(os.path.abspath(__file__))
    rooms = (here, os.path.join(here, "commands"), os.path.join(here, "../chain_client/operations"))
    return ",".join(str(os.stat(room).st_mtime_ns) for room in rooms)


def refresh(python: str) -> None:
    """Have the tree written by a process that nobody waits for."""
    import subprocess

    code = "from taokit.cli.completion_tree import write; write()"
    subprocess.Popen(
        [python, "-c", code],
        cwd="/" if os.name == "posix" else None,  # so that nothing is imported from here
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _given(before: list[str], names: tuple[str, ...]) -> str | None:
    for place, word in enumerate(before):
        flag, equals, value = word.partition("=")
        if flag in names:
            if equals:
                return value
            if place + 1 < len(before):
                return before[place + 1]
    return None


def _setting(key: str, *variables: str) -> str | None:
    for variable in variables:
        if os.environ.get(variable):
            return os.environ[variable]
    for path in (_project_file(), _user_file()):
        found = _toml(path).get(key) if path else None
        if found is not None:
            return found
    return None


def _user_file() -> str:
    if os.environ.get("TAOKIT_CONFIG"):
        return os.environ["TAOKIT_CONFIG"]
    return os.path.join(_config_folder(), "config.toml")


def _config_folder() -> str:
    home = os.environ.get("XDG_CONFIG_HOME")
    return os.path.join(home, "taokit") if home else _places.get("config", "")


def _project_file() -> str | None:
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, "taokit.toml")
        if os.path.exists(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


_LINE = re.compile(r'\s*("[^"]+"|[\w.-]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_HEAD = re.compile(r"\s*\[([\w.\"-]+)\]")


def _toml(path: str) -> dict[str, str]:
    """The texts of a settings file, by dotted key: no more of TOML than is usual in one."""
    found, section = {}, ""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
    except (OSError, UnicodeDecodeError):
        return {}
    for line in lines:
        head = _HEAD.match(line)
        if head:
            section = head[1].replace('"', "") + "."
            continue
        pair = _LINE.match(line)
        if pair:
            key = pair[1].strip('"')
            found[section + key] = pair[2] if pair[2] is not None else pair[3]
    return found


def _wallet_folder(before: list[str]) -> str:
    given = _given(before, ("--wallet-path", "--wallet.path", "-p"))
    path = (
        given or _setting("wallet.path", "TAOKIT_WALLET_PATH") or os.environ.get("BT_WALLET_PATH")
    )
    return os.path.expanduser(path or "~/.bittensor/wallets")


def _listed(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []


def _wallets(before: list[str]) -> dict[str, str]:
    folder = _wallet_folder(before)
    names = [name for name in _listed(folder) if os.path.isdir(os.path.join(folder, name))]
    return dict.fromkeys(names, "wallet")


def _hotkeys(before: list[str]) -> dict[str, str]:
    wallet = _given(before, _WALLET) or _setting(
        "wallet.name", "TAOKIT_WALLET_NAME", "BT_WALLET_NAME"
    )
    folder = os.path.join(_wallet_folder(before), wallet or "default", "hotkeys")
    names = [name for name in _listed(folder) if not name.endswith("pub.txt")]
    return dict.fromkeys(names, f"hotkey of {wallet or 'default'}")


def _addresses() -> dict[str, str]:
    try:
        with open(os.path.join(_config_folder(), "addresses.toml"), encoding="utf-8") as file:
            names = re.findall(r'^\s*\["?([\w.-]+)"?\]', file.read(), re.M)
    except (OSError, UnicodeDecodeError):
        return {}
    return dict.fromkeys(names, "address book")


def _own_networks() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (_user_file(), _project_file()):
        keys = _toml(path) if path else {}
        found |= {k[9:]: "yours" for k in keys if k.startswith("networks.")}
    return found


def _netuids(before: list[str]) -> dict[str, str]:
    """The subnets that were listed before on this network."""
    network = _given(before, ("--network", "--chain")) or _setting("network", "TAOKIT_NETWORK")
    cache = os.environ.get("TAOKIT_CACHE_DIR") or _places.get("cache", "")
    try:
        with open(os.path.join(cache, "subnets.json"), encoding="utf-8") as file:
            known = json.load(file).get(network or "local", {})
        return {str(netuid): str(name) for netuid, name in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
