"""Draw docs/images/demo.svg: two chapters of what `taokit demo` prints on a terminal.

Runs the real command on a pseudo-terminal (Linux, macOS) and draws what it said. Run it again when
the demo's output changes: `.venv/bin/python docs/make_demo_picture.py`.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
PICTURE = HERE / "images" / "demo.svg"
COLUMNS, LINES = 104, 60
FIRST, AFTER = "7. ", "9. "
"""The chapters shown: from the first of these up to, and without, the second."""


def main() -> int:
    """Run the demo and write the picture; returns the demo's exit status."""
    said, status = on_a_terminal([str(Path(sys.executable).with_name("taokit")), "demo"])
    if status != 0:
        sys.stderr.write(said)
        return status
    shown = chapters(said)
    console = Console(
        record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="standard"
    )
    console.print(Text("$ taokit demo", style="bold"))
    console.print(Text("...\n", style="dim"))
    console.print(Text.from_ansi(shown), soft_wrap=True)
    svg = console.export_svg(title="taokit demo", unique_id="taokit-demo")
    # The fonts that Rich would fetch from elsewhere are left out: pages that show the picture
    # forbid that, and the reader's own monospace font does as well.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"Fira Code, ", "Fira Code, Menlo, Consolas, DejaVu Sans Mono, ", svg)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(svg + "\n", encoding="utf-8")
    return 0


def chapters(said: str) -> str:
    """The chosen chapters of the demo's output, colours included."""
    lines = said.replace("\r\n", "\n").split("\n")
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    first = next(i for i, line in enumerate(bare) if line.startswith(FIRST))
    after = next(i for i, line in enumerate(bare) if line.startswith(AFTER))
    return "\n".join(lines[first:after]).strip("\n")


def on_a_terminal(argv: list[str]) -> tuple[str, int]:
    """What a command writes to a terminal of our size, and its exit status."""
    pid, handle = pty.fork()
    if pid == 0:
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
        os.environ["TERM"] = "xterm-256color"
        os.execv(argv[0], argv)
    said = bytearray()
    while True:
        try:
            read = os.read(handle, 65536)
        except OSError:  # how Linux says that the other end closed
            break
        if not read:
            break
        said += read
    return said.decode("utf-8"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
