"""The documentation says what is so: links lead somewhere, commands parse, Python runs.

A Python block after a `<!-- run -->` comment is executed, the blocks of a page one after the other,
against a local chain that `ChainClient.connect("local")` finds; `await` stands for itself there, as
in `python -m asyncio`. All other Python blocks are compiled.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
import shlex
import textwrap
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from taokit.chain_client import networks
from taokit.chain_client.operations import registry as operations_registry
from taokit.chain_client.reads import registry as reads_registry
from taokit.cli import tree
from taokit.cli.exits import MEANINGS
from taokit.cli.global_options import global_params
from taokit.cli.main import run
from taokit.cli.settings import CATALOGUE
from taokit.local_chain import LocalNode, NodeConfig
from taokit.local_chain.coverage import LIMITS, coverage
from taokit.local_chain.frame.call import RuntimeCallCodec

TOP = Path(__file__).parent.parent
PAGES = sorted([TOP / "README.md", TOP / "CHANGELOG.md", *(TOP / "docs").rglob("*.md")])
PARSED = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

_BLOCK = re.compile(r"^(?P<run><!-- run -->\n+)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_INLINE = re.compile(r"`(taokit [^`\n]+)`")


def _name(page: Path) -> str:
    return str(page.relative_to(TOP))


def _blocks(page: Path, kind: str) -> Iterator[re.Match[str]]:
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return (block for block in found if block["kind"] == kind)


def _pages_with(kind: str, *, runs: bool = False) -> list[Path]:
    return [p for p in PAGES if any(b["run"] or not runs for b in _blocks(p, kind))]


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    plain = (re.sub(r"[^\w\- ]", "", h.replace("`", "").lower()) for h in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    links = [a or b for a, b in _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))]
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


# Commands


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of each `taokit ...` in the page's shell blocks, as a shell would split them."""
    for block in _blocks(page, "console"):
        text = block["text"].replace("\\\n", " ")
        for line in text.splitlines():
            if line.startswith("$ "):
                yield from _split(line[2:])


def _split(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for word in [*lexer, ";"]:
        if skip:
            skip = False
        elif set(word) <= set("<>"):
            skip = True
        elif set(word) <= set("|&;"):
            while words and re.fullmatch(r"\w+=.*", words[0]):
                del words[0]
            if words[:1] == ["taokit"]:
                yield words
            words = []
        else:
            words.append(word)


@pytest.mark.parametrize("page", _pages_with("console"), ids=_name)
def test_commands_in_shell_blocks_parse(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tree.Command, "invoke", lambda self, ctx: None)
    for words in _commands(page):
        status = run(words[1:])
        assert status == 0, f"{shlex.join(words)}: {capsys.readouterr().err}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_named_in_the_text_exist_with_their_options(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in _INLINE.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        words = [word for word in shlex.split(command)[1:] if word != "..."]
        status = run([*words, "--help"])
        assert status == 0, f"{command}: {capsys.readouterr().err}"


def test_the_reference_tables_list_what_there_is() -> None:
    text = (TOP / "docs" / "command-line.md").read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)}
    assert codes == {int(code) for code in MEANINGS}
    named = set(re.findall(r"^\| `([a-z._]+)` \|", text, re.M))
    assert named == set(CATALOGUE)
    options = {p.opts[0] for p in global_params() if not p.hidden}
    missing = {option for option in options if f"`{option}" not in text}
    assert not missing


def test_the_page_about_coverage_is_what_the_runtime_has() -> None:
    text = (TOP / "docs" / "runtime-coverage.md").read_text(encoding="utf-8")
    report = coverage()
    advice = "run docs/make_runtime_coverage.py"
    for item in report.items:
        if not item.in_scope:
            assert f"- {item.name} (" in text, advice
            continue
        shares = [item.parts[part] for part in item.parts]
        cells = [f"{share.implemented} of {share.recorded}" for share in shares]
        assert f"| {' | '.join([item.name, *cells])} |" in text, advice
    assert ("\nNothing.\n" in text) == report.complete, advice
    for name, why in LIMITS.items():
        assert f"- `{name}` {why}." in text, advice
    pallets = [item for item in report.items if item.kind == "pallet"]
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    there = sum(item.in_scope for item in pallets)
    assert f"has {there} of the runtime's {len(pallets)} pallets, whole" in readme


# Python


@pytest.mark.parametrize("page", _pages_with("python"), ids=_name)
def test_python_compiles(page: Path) -> None:
    for block in _blocks(page, "python"):
        compile(textwrap.dedent(block["text"]), _name(page), "exec", flags=PARSED)


@pytest.mark.parametrize("page", _pages_with("json"), ids=_name)
def test_json_examples_are_json(page: Path) -> None:
    for block in _blocks(page, "json"):
        json.loads(block["text"])


@pytest.fixture(scope="module")
def _anew() -> Iterator[Callable[[], str]]:
    """A chain that seals on transactions, in a thread of its own: makes it new, and has its URL."""
    ready = threading.Event()
    nodes: list[LocalNode] = []

    async def serve(stop: asyncio.Event) -> None:
        async with LocalNode(NodeConfig(ports=(0,), block_time="instant")) as node:
            node.chain.snapshots.take("new")
            nodes.append(node)
            ready.set()
            await stop.wait()

    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(stop),), daemon=True)
    thread.start()
    assert ready.wait(60)
    (node,) = nodes

    async def revert() -> str:
        node.chain.snapshots.revert("new")
        return f"ws://127.0.0.1:{node.ports[0]}"

    yield lambda: asyncio.run_coroutine_threadsafe(revert(), loop).result(60)
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


@pytest.fixture
def play(
    _anew: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, types.ModuleType], None]:
    """Run Python as a reader of the page would, leaving no declaration behind."""
    from nacl import bindings

    for name, value in (("OPSLIMIT", 3), ("MEMLIMIT", 8192)):  # argon2i at its cheapest
        monkeypatch.setattr(bindings, f"crypto_pwhash_argon2i_{name}_SENSITIVE", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(tmp_path)
    known = {**networks.NETWORKS, "local": networks.Network("local", (_anew(),))}
    monkeypatch.setattr(networks, "NETWORKS", known)
    operations_registry.all_operations()
    reads_registry.all_reads()
    for registry in (operations_registry, reads_registry):
        monkeypatch.setattr(registry, "_declared", dict(registry._declared))
    shared = RuntimeCallCodec.shared
    monkeypatch.setattr(shared, "pallets", dict(shared.pallets))
    loop = asyncio.new_event_loop()

    def execute(text: str, module: types.ModuleType) -> None:
        code = compile(text, module.__name__, "exec", flags=PARSED)
        if code.co_flags & inspect.CO_COROUTINE:
            loop.run_until_complete(eval(code, vars(module)))
        else:
            exec(code, vars(module))

    return execute


@pytest.mark.parametrize("page", _pages_with("python", runs=True), ids=_name)
def test_python_marked_to_run_runs(
    page: Path,
    play: Callable[[str, types.ModuleType], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = types.ModuleType(f"page_{page.stem.replace('-', '_')}")
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    for block in _blocks(page, "python"):
        if block["run"]:
            play(block["text"], module)
