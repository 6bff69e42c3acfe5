"""What the demo shows around its commands: titles, reasons, the command lines, the end.

Owns the layout. Does not own what the commands say: they write that themselves.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taokit.cli.context import Run
from taokit.cli.demo_script import INTRODUCTION, Chapter, Step
from taokit.cli.terminal import styled

__all__ = ["Kept", "Screen"]

_WIDEST = 100


@dataclass(frozen=True)
class Kept:
    """What ``--keep`` left behind."""

    endpoint: str
    folder: Path


class Screen:
    """Writes to stdout, or nothing at all with ``--json``."""

    def __init__(self, run: Run) -> None:
        self.silent = run.out.form == "json"
        self._terminal = run.terminal
        self._out = run.terminal.out
        self._color = run.terminal.colored(self._out)
        self._after_command = False

    def begin(self) -> None:
        """Say what this is."""
        self._write(self._wrapped(INTRODUCTION) + "\n")
        self._out.flush()

    def started(self, endpoint: str, folder: Path) -> None:
        """The chain is there: what one would have typed for it."""
        self._command("taokit localnet start --port 0 --block-time instant --detach")
        self._write(f"ready {endpoint}\n")
        self._command(f"export TAOKIT_NETWORK={endpoint}")
        self._after_command = False
        self._command(f"export TAOKIT_WALLET_PATH={folder / 'wallets'}")

    def chapter(self, number: int, chapter: Chapter) -> None:
        """A title, and why."""
        title = styled(f"{number}. {chapter.title}", "bold cyan", self._color)
        self._write(f"\n\n{title}\n{self._wrapped(chapter.why)}\n")
        self._after_command = False

    def step(self, step: Step) -> None:
        """The command line that comes next; repeats stand close together."""
        if not step.repeat:
            self._after_command = False
        self._command(f"taokit {step.line}")
        self._after_command = step.repeat

    def end(
        self, commands: int, seconds: float, incentives: Mapping[str, int], kept: Kept | None
    ) -> None:
        """What has been seen, and how to go on."""
        self._write(f"\n\n{styled('That was it.', 'bold cyan', self._color)}\n")
        good = [name for name, incentive in incentives.items() if incentive]
        bad = [name for name, incentive in incentives.items() if not incentive]
        self._write(
            self._wrapped(
                f"{commands} commands in {seconds:.1f} s. {' and '.join(good)} earned by what the "
                f"validators thought of them, {' and '.join(bad)} got nothing; the validators "
                "earned for judging, and the owner a share of it all."
            )
            + "\n"
        )
        self._write(_LEFT_NOTHING if kept is None else _left(kept))

    def _command(self, line: str) -> None:
        gap = "" if self._after_command else "\n"
        prompt = styled("$", "dim", self._color)
        self._write(f"{gap}{prompt} {styled(line, 'bold', self._color)}\n")
        self._out.flush()

    def _wrapped(self, text: str) -> str:
        return textwrap.fill(text, min(self._terminal.width(), _WIDEST))

    def _write(self, text: str) -> None:
        if not self.silent:
            self._out.write(text)


_LEFT_NOTHING = """
The chain is stopped and its wallets are gone. To go on:
  taokit demo --keep       the same, and the chain stays for a look around
  taokit localnet start    a chain of your own
  taokit --help            everything else
"""


def _left(kept: Kept) -> str:
    port = kept.endpoint.rsplit(":", 1)[1]
    return f"""
The chain is still running. To look around:
  export TAOKIT_NETWORK={kept.endpoint}
  export TAOKIT_WALLET_PATH={kept.folder / "wallets"}
  taokit subnets metagraph 2
  taokit localnet mine 50
  taokit stake list -w vali1
When you have seen enough:
  taokit localnet stop --port {port} && rm -r {kept.folder}
"""
