"""Shells complete command lines: from files alone, quickly, in the shells themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from taokit.cli import completing, completion_tree

from .conftest import Cli, done


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command tree in a file, as the shells' scripts use it."""
    place = tmp_path_factory.mktemp("cache") / "completion.json"
    place.write_text(json.dumps(completion_tree.tree()))
    return place


@pytest.fixture
def cache(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that has the tree, and wallets of whom it could tell."""
    folder = tmp_path / "cache"
    folder.mkdir()
    shutil.copy(tree, folder)
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(folder))
    for path in ("alice/hotkeys/miner1", "alice/hotkeys/miner1pub.txt", "alina/coldkey"):
        file = tmp_path / "wallets" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
    return folder


def _asked(shell: str, line: str, place: Path) -> list[str]:
    argv = [sys.executable, "-I", "-S", completing.__file__, shell, str(place)]
    done = subprocess.run(
        [*argv, sys.executable, line], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


def _told(line: str, place: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    completing.main(["fish", str(place), sys.executable, line])
    return [text.split("\t")[0] for text in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("taokit st", ["stake"]),
        ("taokit s li", ["list"]),
        ("taokit stake add --netu", ["--netuid"]),
        ("taokit stake child s", ["set"]),
        ("taokit stake add --network f", ["finney"]),
        ("taokit --network finney stake ad", ["add"]),
        ("taokit utils latency --network=fin", ["--network=finney"]),
        ("taokit wallet balance al", ["alice", "alina"]),
        ("taokit -w ali", ["alice", "alina"]),
        ("taokit stake list -w alin", ["alina"]),
        ("taokit stake add -w alice --hotkey ", ["miner1"]),
        ("taokit config get wallet.n", ["wallet.name"]),
        ("taokit wallet transfer --to al", ["alice", "alina"]),
        ("taokit stake add --wait f", ["finalization"]),
        ("taokit apply ", [":files"]),
        ("taokit completion z", ["zsh"]),
        ("taokit wallet balance 'al", ["alice", "alina"]),
        ("taokit no-such-command ", []),
        ("taokit wallet list --no-such-opt", []),
    ],
)
def test_a_line_is_completed(
    line: str, expected: list[str], cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _told(line, cache / "completion.json", capsys) == expected


def test_every_group_and_verb_is_offered(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from taokit.cli.commands import ENTRIES

    offered = _told("taokit ", cache / "completion.json", capsys)
    assert set(offered) == {entry.name for entry in ENTRIES}


def test_networks_and_addresses_of_ones_own_are_offered(
    cli: Cli, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
    done(cli, "config", "set", "networks.mine", "wss://node.example:443")
    done(cli, "config", "add-address", "almond", bob)
    home = Path(os.environ["HOME"])
    place = cache / "completion.json"
    made = {**json.loads(place.read_text()), "places": {"config": str(home / ".config/taokit")}}
    place.write_text(json.dumps(made))
    assert _told("taokit subnets list --network m", place, capsys) == ["mine"]
    offered = _told("taokit wallet transfer --to al", place, capsys)
    assert offered == ["alice", "alina", "almond"]


@pytest.mark.usefixtures("_on_chain")
def test_subnets_that_were_listed_are_offered_by_number(
    cli: Cli, cache: Path, endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = cache / "completion.json"
    assert _told("taokit subnets show --netuid ", place, capsys) == []
    listed = [s["netuid"] for s in done(cli, "subnets", "list", "--json").document]
    assert _told("taokit stake add --netuid ", place, capsys) == [str(n) for n in listed]
    assert _told(f"taokit stake add --network {endpoint}x -n ", place, capsys) == []


def test_it_loads_nothing_of_taokit_and_takes_little_time(cache: Path) -> None:
    place = cache / "completion.json"
    code = (
        "import runpy, sys, time; began = time.process_time();"
        f"sys.argv = ['x', 'fish', {str(place)!r}, sys.executable, 'taokit stake a'];"
        "\ntry: runpy.run_path("
        f"{completing.__file__!r}, run_name='__main__')"
        "\nexcept SystemExit: pass\n"
        "print(time.process_time() - began);"
        "print([name for name in sys.modules if name.partition('.')[0] in"
        " ('taokit', 'typer', 'asyncio', 'socket')])"
    )
    argv = [sys.executable, "-I", "-S", "-c", code]
    took = []
    for _ in range(3):
        said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
        *_, seconds, loaded = said.splitlines()
        took.append(float(seconds))
        assert loaded == "[]"
    assert min(took) < 0.2  # of the processor, so that other work does not count


def test_a_missing_tree_is_written_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))
    place = tmp_path / "cache" / "completion.json"
    assert _asked("fish", "taokit st", place) == []
    until = time.monotonic() + 120
    while not place.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert _asked("fish", "taokit st", place)[0].startswith("stake\t")


def _script(cli: Cli, shell: str, tmp_path: Path) -> str:
    script = done(cli, "completion", shell).out
    assert script == done(cli, "completion", shell, "--json").document["script"]
    path = tmp_path / f"taokit.{shell}"
    path.write_text(script)
    return str(path)


def _shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _run(argv: list[str]) -> list[str]:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.usefixtures("cache")
def test_bash_completes(cli: Cli, tmp_path: Path) -> None:
    bash, script = _shell("bash"), _script(cli, "bash", tmp_path)

    def typed(line: str, words: list[str]) -> list[str]:
        given = " ".join(f"'{word}'" for word in words)
        code = (
            f"source {script}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}};"
            f"COMP_WORDS=({given}); COMP_CWORD={len(words) - 1};"
            "_taokit; printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        return _run([bash, "--norc", "-c", code])

    assert typed("taokit stake ad", ["taokit", "stake", "ad"]) == ["add"]
    assert typed("taokit -w al", ["taokit", "-w", "al"]) == ["alice", "alina"]
    equals = typed("taokit q --network=fin", ["taokit", "q", "--network", "=", "fin"])
    assert equals == ["finney"]
    (tmp_path / "project" / "plan.yaml").touch()
    assert typed("taokit apply pl", ["taokit", "apply", "pl"]) == ["plan.yaml"]


@pytest.mark.usefixtures("cache")
def test_zsh_completes(cli: Cli, tmp_path: Path) -> None:
    zsh, script = _shell("zsh"), _script(cli, "zsh", tmp_path)

    def typed(*words: str) -> list[str]:
        given = " ".join(f"'{word}'" for word in words)
        code = (
            "compdef() { : }; _describe() { print -l -- ${(P)2} };"
            "_files() { print files };"
            f"source {script}; words=({given}); CURRENT={len(words)}; _taokit"
        )
        return _run([zsh, "-f", "-c", code])

    assert typed("taokit", "-w", "al") == ["alice:wallet", "alina:wallet"]
    assert next(word.split(":")[0] for word in typed("taokit", "st")) == "stake"
    assert "miner1:hotkey" in typed("taokit", "stake", "add", "-w", "alice", "--hotkey", "")
    assert typed("taokit", "apply", "") == ["files"]


@pytest.mark.usefixtures("cache")
def test_fish_completes(cli: Cli, tmp_path: Path) -> None:
    fish, script = _shell("fish"), _script(cli, "fish", tmp_path)

    def typed(line: str) -> list[str]:
        return _run([fish, "--no-config", "-c", f"source {script}; complete -C '{line}'"])

    assert typed("taokit -w al") == ["alice", "wallet", "alina", "wallet"]
    assert typed("taokit stake child s")[0] == "set"


def test_an_unknown_shell_is_refused(cli: Cli) -> None:
    result = cli("completion", "zhs")
    assert result.status == 2
    assert "did you mean zsh" in result.err
