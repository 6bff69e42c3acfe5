"""The demo plays to the end, shows earnings where they belong, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from taokit.cli import demo_stage
from taokit.cli.demo_script import CHAPTERS, Chapter, Step

from .conftest import Cli

DEMO = [sys.executable, "-m", "taokit.cli", "demo"]
LONG = pytest.mark.skipif(
    os.environ.get("TAOKIT_LONG_TESTS") != "1", reason="as its like: set TAOKIT_LONG_TESTS=1"
)
LINES = [step.line for chapter in CHAPTERS for step in chapter.steps]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; whatever happens, in the end it is empty, and so is home."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert list(folder.iterdir()) == []
    assert list(Path(os.environ["HOME"]).iterdir()) == []
    assert processes_of(folder) == []


def processes_of(folder: Path) -> list[bytes]:
    """The command lines of processes that know the folder from their environment."""
    if not Path("/proc/self/environ").exists():
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes())
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found


def test_the_demo_tells_its_story(stage: Path) -> None:
    done = subprocess.run(DEMO, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    words = " ".join(done.stdout.split())
    for chapter in CHAPTERS:
        assert chapter.title in done.stdout
        assert chapter.why in words
    assert re.findall(r"^\$ taokit (.*)$", done.stdout, re.MULTILINE)[1:] == LINES
    assert "error" not in done.stderr
    assert "miner1 and miner2 earned by what the validators thought of them, miner3 got" in words
    table = done.stdout.split("$ taokit subnets metagraph 2\n")[1].split("\n\n")[0].splitlines()
    column = table[0].split().index
    neurons = {line.split()[column("Wallet")]: line.split() for line in table[1:]}
    incentive = {name: float(cells[column("Incentive")]) for name, cells in neurons.items()}
    dividends = {name: float(cells[column("Dividends")]) for name, cells in neurons.items()}
    assert incentive["miner1"] > incentive["miner2"] > 0 == incentive["miner3"]
    assert dividends["vali1"] > dividends["vali2"] > 0 == dividends["owner"]


def test_in_json_the_demo_is_one_document_in_good_time(cli: Cli, stage: Path) -> None:
    result = cli("demo", "--json")
    assert result.status == 0, result.err
    assert result.err == ""
    assert result.document["seconds"] < 20
    assert [step["command"] for step in result.document["commands"]] == [
        f"taokit {line}" for line in LINES
    ]
    earned = result.document["earned"]
    assert earned["miner1"] > earned["miner2"] > 0 == earned["miner3"]


@pytest.mark.parametrize("width", [80, pytest.param(120, marks=LONG)])
def test_on_a_terminal_no_table_is_wider_than_it(width: int, stage: Path) -> None:
    pty = pytest.importorskip("pty")
    fcntl, struct, termios = (__import__(name) for name in ("fcntl", "struct", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environ = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"TERM": "xterm-256color"}
    process = subprocess.Popen(DEMO, stdin=theirs, stdout=theirs, stderr=theirs, env=environ)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(60) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).split("\r\n")
    tables = [place for place, line in enumerate(lines) if line.startswith("───")]
    assert len(tables) == 7
    for place in tables:
        table = lines[place - 1 : lines.index("", place)]
        assert max(len(line.rstrip()) for line in table) <= width
        assert len(set(lines[place])) == 1
    assert "Incentive" in "".join(lines)
    whole = [line for line in lines if re.search(r"\b5\w{47}\b", line) and "done" in line]
    assert whole == []


def test_kept_the_chain_answers_and_can_be_cleared_away_as_told(
    cli: Cli, stage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = cli("demo", "--keep")
    assert result.status == 0, result.err
    told = result.out.split("To look around:\n")[1]
    variables = dict(re.findall(r"export (\w+)=(\S+)", told))
    assert set(variables) == {"TAOKIT_NETWORK", "TAOKIT_WALLET_PATH"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for line in re.findall(r"^  taokit (\w+ \w+.*)$", told, re.MULTILINE):
        command, _, clearing = line.partition(" && ")
        assert cli(*command.split()).status == 0, command
    subprocess.run(clearing.split(), check=True)
    assert cli("localnet", "status", "--json").document == []
    for folder in ("localnet", "taokit", "state", "share"):
        for empty in Path(os.environ["HOME"]).rglob(folder):
            left = [path for path in empty.rglob("*") if path.is_file()]
            assert not [path for path in left if path.suffix != ".log"]  # what the chain said stays
    subprocess.run(["rm", "-r", os.environ["HOME"]], check=True)
    Path(os.environ["HOME"]).mkdir()


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["shown", "json"])
@pytest.mark.parametrize("repeat", [False, True], ids=["step", "repeat"])
def test_a_step_that_fails_ends_it_and_clears_away(
    repeat: bool, form: list[str], cli: Cli, stage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Chapter("Trouble", "To see it.", (Step("wallet show nobody", repeat),))
    monkeypatch.setattr(demo_stage, "CHAPTERS", (failing, *CHAPTERS))
    result = cli("demo", *form)
    assert result.status == 1
    assert "`taokit wallet show nobody` ended with status 3" in result.err
    assert "there is no wallet" in result.err
    assert "Six wallets" not in result.out


@pytest.mark.parametrize(
    ("at", "signal_", "status"),
    [
        pytest.param("A subnet from", signal.SIGTERM, 143, id="term-A subnet from"),
        pytest.param("subnets create", signal.SIGINT, 130, id="int-subnets create"),
        pytest.param("localnet mine 110", signal.SIGTERM, 143, id="term-localnet mine 110"),
        pytest.param("A subnet from", signal.SIGINT, 130, id="int-A subnet from", marks=LONG),
        pytest.param("subnets create", signal.SIGTERM, 143, id="term-subnets create", marks=LONG),
        pytest.param("localnet mine 110", signal.SIGINT, 130, id="int-localnet mine", marks=LONG),
    ],
)
def test_interrupted_the_demo_clears_away_at_once(
    at: str, signal_: signal.Signals, status: int, stage: Path
) -> None:
    process = subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if at in line:
            break
    process.send_signal(signal_)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status, err
    assert "Traceback" not in out + err
    assert err.count("interrupted") == (1 if signal_ == signal.SIGINT else 0)
