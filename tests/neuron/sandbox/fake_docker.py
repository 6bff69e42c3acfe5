"""A ``docker`` command without containers: it checks its arguments, writes them down, and plays a
container and its warden as the file ``mode`` beside it says. What it knows of docker is the
command's documented options; of a daemon, a runtime or a kernel it shows nothing."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VALUED = {
    "--cap-add", "--cap-drop", "--entrypoint", "--hostname", "--ipc", "--log-driver", "--memory",
    "--memory-swap", "--mount", "--name", "--network", "--pids-limit", "--pull", "--runtime",
    "--security-opt", "--tmpfs", "--user",
}  # fmt: skip
BARE = {"--rm", "--read-only", "-i"}


def options(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Options before the image, and what follows it, as docker takes them apart."""
    found: dict[str, list[str]] = {}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        name = rest.pop(0)
        if name in BARE:
            found[name] = []
        elif name in VALUED and rest:
            found.setdefault(name, []).append(rest.pop(0))
        else:
            fail(125, f"unknown flag: {name}")
    if not rest:
        fail(125, 'docker: "docker run" requires at least 1 argument.')
    return found, rest


def fail(status: int, said: str) -> None:
    sys.stderr.write(said + "\n")
    raise SystemExit(status)


def send(head: dict[str, Any], *blobs: bytes) -> None:
    text = json.dumps({**head, "blobs": [len(blob) for blob in blobs]}).encode()
    sys.stdout.buffer.write(b"".join([len(text).to_bytes(8, "big"), text, *blobs]))
    sys.stdout.buffer.flush()


def play(mode: str) -> None:
    """A warden: hear what to run, and say what came of it."""
    if mode == "silent":
        time.sleep(600)
    size = int.from_bytes(sys.stdin.buffer.read(8), "big")
    spec = json.loads(sys.stdin.buffer.read(size))
    blobs = [sys.stdin.buffer.read(length) for length in spec["blobs"]]
    files = dict(zip(spec["files_in"], blobs))
    send({"kind": "started"})
    if mode == "late":
        time.sleep(600)
    if mode == "chatty":
        sys.stderr.write("x" * 30_000_000)
    send({"kind": "stopped"})
    wanted = [name for name in spec["files_out"] if name in files]
    said = b"said" if mode != "flooding" else b"x" * (spec["limits"]["output"] * 4 + (8 << 20))
    head = {"kind": "ended", "exit": 0, "limit": "", "network": 0, "full": False, "missing": ""}
    head |= {"wrong": "", "names": wanted, "cpu_s": 0.5, "memory": 1 << 20}
    send(head, said, b"", *(files[name] for name in wanted))


def main() -> None:
    verb, *words = sys.argv[1:]
    mode = (HERE / "mode").read_text() if (HERE / "mode").exists() else "well"
    with open(HERE / "asked.jsonl", "a") as file:
        file.write(json.dumps([verb, *words]) + "\n")
    if mode == "dead" and verb != "rm":
        fail(1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
    if mode == "deaf":
        time.sleep(600)
    if verb == "info":
        sys.stdout.write('{"runc": {}}' if mode == "plain" else '{"runc": {}, "runsc": {}}')
    elif verb == "image":
        if mode == "empty":
            fail(1, "Error response from daemon: No such image")
    elif verb == "run":
        options(words)
        if mode == "refusing":
            fail(125, "docker: Error response from daemon: no space left on device.")
        play(mode)
    elif verb != "rm" or words[0] != "--force":
        fail(125, f"unknown command: {verb}")


if __name__ == "__main__":
    main()
