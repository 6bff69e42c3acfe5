"""What an honest guest gets, and what its author gets back."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import sys
import threading
from pathlib import Path

import pytest
from guests import SMALL, RunCode

from taokit.neuron.errors import SandboxError, SandboxUnavailable
from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import (
    DockerSandbox,
    GvisorSandbox,
    Limits,
    PythonEntry,
    Sandbox,
    UsernsSandbox,
    best,
)
from taokit.neuron.sandbox.confined import Confined


async def test_files_go_in_and_the_named_ones_come_back(run_code: RunCode) -> None:
    code = """
import lib.tool, os, sys
data = open("in/data.bin", "rb").read()
os.makedirs("model/deep")
open("model/a", "wb").write(lib.tool.double(data))
open("model/deep/b", "w").write(sys.argv[1])
open("not-asked-for", "w").write("x")
print("said"); print("complained", file=sys.stderr)
"""
    result = await run_code(
        code,
        "an argument; $(id)",
        files_in={"lib/tool.py": b"def double(x): return 2 * x", "in/data.bin": bytes(range(256))},
        files_out=("model/",),
    )
    assert (result.reason, result.exit, result.ok) == (Reason.OK, 0, True), result
    assert result.files == {
        "model/a": bytes(range(256)) * 2,
        "model/deep/b": b"an argument; $(id)",
    }
    assert (result.stdout, result.stderr) == (b"said\n", b"complained\n")


async def test_time_and_memory_are_reported(run_code: RunCode) -> None:
    code = "import time; kept = bytearray(b'x') * (40 << 20); e = time.process_time() + .3\n"
    code += "while time.process_time() < e: pass"
    result = await run_code(code)
    assert result.ok, result
    assert 0.3 <= result.cpu_s < 3
    assert result.wall_s >= 0.25
    assert 40 << 20 <= result.memory <= 96 << 20


async def test_a_failure_of_the_guest_is_told_from_one_of_the_sandbox(
    run_code: RunCode, sandbox: Confined
) -> None:
    result = await run_code("raise SystemExit(3)")
    assert (result.reason, result.exit) == (Reason.TEST_FAIL, 3)
    result = await run_code("import os; os.kill(os.getpid(), 11)")
    assert (result.reason, result.exit) == (Reason.TEST_FAIL, -11)
    result = await sandbox.run(["/no/such/program"])
    assert (result.reason, result.exit) == (Reason.TEST_FAIL, 127)
    result = await run_code("pass", files_out=("answer",))
    assert (result.reason, result.detail) == (Reason.MISSING, "not there: answer")


async def test_names_that_leave_the_folder_are_our_own_mistake(sandbox: Confined) -> None:
    for name in ("../x", "/etc/x", "", ".", "a/../../x", "a\0b", "a\\b", "a//b"):
        with pytest.raises(SandboxError):
            await sandbox.run(["/bin/true"], files_in={name: b""})
        with pytest.raises(SandboxError):
            await sandbox.run(["/bin/true"], files_out=[name])
    with pytest.raises(SandboxError, match="absolute"):
        await sandbox.run(["true"])
    with pytest.raises(SandboxError, match="larger"):
        await sandbox.run(["/bin/true"], files_in={"big": bytes(9 << 20)}, limits=SMALL)


async def test_runs_beside_one_another_do_not_meet(run_code: RunCode) -> None:
    code = "import os, sys; print(os.listdir('.')); open(sys.argv[1], 'w').write(sys.argv[1])"
    results = await asyncio.gather(*[run_code(code, f"f{n}", files_out=(f"f{n}",)) for n in "123"])
    assert [dict(one.files) for one in results] == [{f"f{n}": f"f{n}".encode()} for n in "123"]
    assert {one.stdout for one in results} == {b"['entry.py']\n"}


async def test_a_cancelled_run_leaves_nothing(sandbox: Confined, tmp_path: Path) -> None:
    mark = f"taokit-cancelled-{tmp_path.name}-{os.getpid()}"
    task = asyncio.ensure_future(
        sandbox.run(
            PythonEntry("entry.py", (mark,)), files_in={"entry.py": b"import time; time.sleep(60)"}
        )
    )
    while not holders(mark):
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [pid for pid in holders(mark) if alive(pid)]


def holders(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark.encode() in words:
                found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def test_packages_can_be_imported_and_a_socket_talked_to(
    sandbox: Confined, tmp_path: Path
) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "given.py").write_text("WORD = b'given'")
    tmp_path.chmod(0o755)
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o777)
        listener.listen()
        heard: list[bytes] = []

        def listen() -> None:
            with listener.accept()[0] as visitor:
                heard.append(visitor.recv(100))
                visitor.sendall(b"answer")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        code = f"""
import given, socket
one = socket.socket(socket.AF_UNIX); one.connect({str(path)!r}); one.sendall(given.WORD)
print(one.recv(100).decode())
try:
    open(given.__file__, "a")
except OSError:
    print("cannot write")
"""
        room = type(sandbox)(packages=[tmp_path / "packages"], read_only=[path])
        result = await room.run(PythonEntry(), files_in={"entry.py": code.encode()})
        thread.join(5)
    assert result.stdout == b"answer\ncannot write\n", result
    assert heard == [b"given"]


async def test_nothing_is_run_where_nothing_isolates(tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    class Broken(UsernsSandbox):
        def _missing(self) -> str:
            return "not on this machine"

    with pytest.raises(SandboxUnavailable, match="userns: not on this machine"):
        await best(rungs=[Broken])
    with pytest.raises(SandboxError, match="not on this machine"):
        await Broken().run(["/bin/touch", str(ran)])
    assert not ran.exists()


async def test_a_wall_that_cannot_be_built_stops_the_run(tmp_path: Path) -> None:
    class Leaky(UsernsSandbox):
        def _program(self, limits: Limits):  # type: ignore[no-untyped-def]
            start = super()._program(limits)
            start.spec["jail"]["binds"].append(("/gone", str(tmp_path / "gone")))
            return start

    assert not (await Leaky().probe()).available
    with pytest.raises(SandboxError, match="gone"):
        await Leaky().run(["/bin/true"])


async def test_the_best_rung_is_a_sandbox_and_works() -> None:
    try:
        found = await best()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    assert isinstance(found, Sandbox)
    assert (await found.run(["/bin/sh", "-c", "echo hi"])).stdout == b"hi\n"


def test_a_container_is_started_with_every_wall(tmp_path: Path) -> None:
    limits = Limits(memory=100 << 20, pids=10, disk=50 << 20)
    words = GvisorSandbox(image="some:image", read_only=[tmp_path])._program(limits).argv
    said = " ".join(words[: words.index("some:image")])
    for wall in (
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--pids-limit 34",
        f"--memory {214 << 20}",
        f"size={50 << 20}",
        "--pull never",
        "--runtime runsc",
        f"source={tmp_path},target={tmp_path},readonly",
    ):
        assert wall in said
    assert "--privileged" not in said
    with pytest.raises(SandboxError, match="not given"):
        GvisorSandbox(read_only=["/"])


KILLED = """
import asyncio, sys
from taokit.neuron import sandbox
rung = {one.rung: one for one in sandbox.RUNGS}[sys.argv[1]]
code = b"import time; time.sleep(60)"
asyncio.run(rung().run(sandbox.PythonEntry(args=(sys.argv[2],)), files_in={"entry.py": code}))
"""


async def test_a_killed_validator_leaves_no_guest(sandbox: Confined, tmp_path: Path) -> None:
    if isinstance(sandbox, DockerSandbox):
        pytest.skip("a container goes on until its own wall time")
    mark = f"taokit-killed-{tmp_path.name}-{os.getpid()}"
    validator = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, sandbox.rung, mark
    )
    while not (guests := [pid for pid in holders(mark) if pid != validator.pid]):
        assert validator.returncode is None
        await asyncio.sleep(0.01)
    watched = [os.pidfd_open(pid) for pid in guests]
    validator.kill()
    await validator.wait()
    for descriptor in watched:  # readable when the process has ended
        assert await asyncio.to_thread(select.select, [descriptor], [], [], 10) != ([], [], [])
        os.close(descriptor)
