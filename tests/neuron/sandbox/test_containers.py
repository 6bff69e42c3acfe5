"""Containers by a ``docker`` that is none: what is asked of it, and what becomes of a container
that is late, loud, refused or no longer wanted. That a daemon, ``runc`` or ``runsc`` then isolates
is not shown here: on a machine that has them, the tests of the other files run on them.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import fake_docker
import pytest

from taokit.neuron.errors import SandboxError
from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import DockerSandbox, GvisorSandbox, Limits, confined, docker
from taokit.neuron.sandbox.cgroup import Cgroup

LIMITS = Limits(cpu_s=5, wall_s=5, memory=100 << 20, pids=10, disk=50 << 20, output=1 << 16)
MIB = 1 << 20


class Docker:
    """The fake command: how it is to behave, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def behaves(self, mode: str) -> None:
        (self.folder / "mode").write_text(mode)

    @property
    def asked(self) -> list[list[str]]:
        path = self.folder / "asked.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    @property
    def run(self) -> dict[str, list[str]]:
        """The options of the last run."""
        return fake_docker.options([one for one in self.asked if one[0] == "run"][-1][1:])[0]

    @property
    def removed(self) -> list[str]:
        return [one[-1] for one in self.asked if one[:2] == ["rm", "--force"]]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy(fake_docker.__file__, folder / "fake_docker.py")
    command = folder / "docker"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {folder}/fake_docker.py "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(Cgroup, "make", staticmethod(lambda limits: None))
    return Docker(folder)


async def test_a_container_has_every_wall_and_is_removed(fake: Docker, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    sandbox = GvisorSandbox(image="some:image", packages=[given])
    result = await sandbox.run(
        ["/bin/cat", "a"], files_in={"a": b"content"}, files_out=["a"], limits=LIMITS
    )
    assert (result.reason, result.stdout, result.files) == (Reason.OK, b"said", {"a": b"content"})
    name = fake.run["--name"][0]
    memory = str(LIMITS.memory + LIMITS.disk + 64 * MIB)
    assert fake.run == {
        "--rm": [],
        "-i": [],
        "--read-only": [],
        "--name": [name],
        "--pull": ["never"],
        "--network": ["none"],
        "--log-driver": ["none"],
        "--security-opt": ["no-new-privileges"],
        "--cap-drop": ["ALL"],
        "--cap-add": ["KILL", "SETGID", "SETPCAP", "SETUID"],
        "--user": ["0:0"],
        "--memory": [memory],
        "--memory-swap": [memory],
        "--pids-limit": ["34"],
        "--ipc": ["none"],
        "--hostname": ["sandbox"],
        "--tmpfs": [f"/scratch:rw,exec,nosuid,nodev,size={LIMITS.disk},mode=755"],
        "--runtime": ["runsc"],
        "--mount": [f"type=bind,source={given},target={given},readonly"],
        "--entrypoint": ["/usr/local/bin/python3"],
    }
    assert fake.removed == [name]


async def test_each_run_has_a_container_of_its_own(fake: Docker) -> None:
    sandbox = DockerSandbox()
    await asyncio.gather(*(sandbox.run(["/bin/true"], limits=LIMITS) for _ in range(3)))
    runs = [fake_docker.options(one[1:])[0] for one in fake.asked if one[0] == "run"]
    names = [one["--name"][0] for one in runs]
    assert len(set(names)) == 3
    assert sorted(fake.removed) == sorted(names)
    assert all("--runtime" not in one for one in runs)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("dead", "the docker daemon does not answer"),
        ("deaf", "the docker daemon does not answer"),
        ("plain", "docker has no runtime runsc"),
        ("empty", "the image python:3.11-slim is not here"),
        ("refusing", "no space left on device"),
    ],
)
async def test_a_probe_says_what_is_missing(
    fake: Docker, mode: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode == "deaf":
        monkeypatch.setattr(docker, "_ASK_S", 0.2)
    fake.behaves(mode)
    found = await GvisorSandbox().probe()
    assert not found.available
    assert said in found.detail


async def test_a_container_that_is_late_is_ended_and_removed(
    fake: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "_GRACE_S", 0.1)
    fake.behaves("late")
    limits = Limits(cpu_s=1, wall_s=0.2)
    result = await DockerSandbox().run(["/bin/true"], limits=limits)
    assert (result.reason, result.detail) == (Reason.SANDBOX_TIME, "wall")
    assert fake.removed == fake.run["--name"]


async def test_a_container_that_never_starts_says_nothing_of_its_guest(
    fake: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "_START_S", 1.0)
    fake.behaves("silent")
    with pytest.raises(SandboxError, match="could not be started"):
        await DockerSandbox().run(["/bin/true"], limits=LIMITS)
    assert len(fake.removed) == 1


async def test_a_daemon_that_refuses_is_quoted(fake: Docker) -> None:
    fake.behaves("refusing")
    with pytest.raises(SandboxError, match="no space left on device"):
        await DockerSandbox().run(["/bin/true"], limits=LIMITS)
    assert fake.removed == fake.run["--name"]


async def test_more_than_was_asked_for_is_not_taken(fake: Docker) -> None:
    fake.behaves("flooding")
    with pytest.raises(SandboxError, match="more than was asked for"):
        await DockerSandbox().run(["/bin/true"], limits=Limits(disk=1 << 20, output=1 << 16))
    assert fake.removed == fake.run["--name"]


async def test_complaints_without_end_block_nobody(fake: Docker) -> None:
    fake.behaves("chatty")
    assert (await DockerSandbox().run(["/bin/true"], limits=LIMITS)).ok


async def test_a_run_that_is_no_longer_wanted_is_removed(fake: Docker) -> None:
    fake.behaves("late")
    running = asyncio.ensure_future(DockerSandbox().run(["/bin/true"], limits=LIMITS))
    while not (fake.folder / "asked.jsonl").exists():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(fake.removed) == 1


# -- the real command, and a daemon that only writes down what it is asked to make -----------------


class _Daemon(BaseHTTPRequestHandler):
    made: list[dict[str, Any]]

    def do_GET(self) -> None:
        self._say(200, b"OK")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "/containers/create" in self.path:
            self.made.append({"path": self.path, **json.loads(body)})
        self._say(500, b'{"message": "written down"}')

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", "1.45")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    made: list[dict[str, Any]] = []
    handler = type("Handler", (_Daemon,), {"made": made})
    path = str(tmp_path / "d.sock")
    with socketserver.ThreadingUnixStreamServer(path, handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{path}", made
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("docker") is None, reason="the docker command is not installed")
def test_the_docker_command_makes_of_the_arguments_the_container_that_is_meant(
    daemon: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    where, made = daemon
    start = GvisorSandbox(image="some:image", read_only=[tmp_path])._program(LIMITS)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOCKER_HOST": where}
    run = subprocess.run(start.argv, env=env, capture_output=True, text=True, timeout=60)
    if not made:
        pytest.skip(f"the docker command asked for no container: {run.stderr[-300:]}")
    assert "written down" in run.stderr
    (container,) = made
    host = container["HostConfig"]
    assert f"name={start.container}" in container["path"]
    assert (container["Image"], container["User"]) == ("some:image", "0:0")
    assert container["Entrypoint"] == ["/usr/local/bin/python3"]
    assert container["Cmd"][:4] == ["-I", "-S", "-B", "-c"]
    assert container["OpenStdin"] is container["AttachStdout"] is True
    assert container["Tty"] is False
    assert host["NetworkMode"] == "none"
    assert host["IpcMode"] == "none"
    assert host["ReadonlyRootfs"] is host["AutoRemove"] is True
    assert host["Privileged"] is False
    assert host["CapDrop"] == ["ALL"]
    assert {one.removeprefix("CAP_") for one in host["CapAdd"]} == {
        "KILL",
        "SETGID",
        "SETPCAP",
        "SETUID",
    }
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Memory"] == host["MemorySwap"] == LIMITS.memory + LIMITS.disk + 64 * MIB
    assert host["PidsLimit"] == LIMITS.pids + 24
    assert host["Runtime"] == "runsc"
    assert host["LogConfig"]["Type"] == "none"
    assert host["Tmpfs"] == {"/scratch": f"rw,exec,nosuid,nodev,size={LIMITS.disk},mode=755"}
    (mount,) = host["Mounts"]
    assert (mount["Type"], mount["Source"], mount["Target"]) == (
        "bind",
        str(tmp_path),
        str(tmp_path),
    )
    assert mount["ReadOnly"] is True
