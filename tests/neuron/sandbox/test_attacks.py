"""Guests that attack: each is contained, and its reason is told from the others."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from guests import MIB, SMALL, RunCode

from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import Limits, SandboxResult, probes


def why(result: SandboxResult) -> tuple[Reason, str]:
    return result.reason, result.detail


# -- network --------------------------------------------------------------------------------------

TCP = "import socket\nsocket.create_connection(('1.1.1.1', 80), timeout=2)"
QUIET = f"try:\n    import socket\n    {TCP.splitlines()[1]}\nexcept OSError: pass"
UDP = "import socket\nsocket.socket(2, 2).sendto(b'key', ('8.8.8.8', 53))"
SIX = "import socket\nsocket.socket(10, 2).sendto(b'key', ('2606:4700:4700::1111', 53))"
NAME = "import socket\nsocket.getaddrinfo('secret.example.com', 80)"
CHILD = f"import os\nif os.fork() == 0:\n    exec({QUIET!r})\n    os._exit(0)\nos.wait()"


async def test_an_attempt_to_reach_a_network_fails_and_is_named(run_code: RunCode) -> None:
    for code in (TCP, QUIET, UDP, SIX, NAME, CHILD):
        result = await run_code(code)
        assert result.reason is Reason.SANDBOX_NET, (code, result)
        assert result.network_attempts > 0


async def test_the_hosts_loopback_and_sockets_are_not_there(run_code: RunCode) -> None:
    visits: list[int] = []
    server = await asyncio.start_server(lambda r, w: (visits.append(1), w.close()), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        result = await run_code(f"import socket; socket.create_connection(('127.0.0.1', {port}))")
        assert result.exit == 1
    assert visits == []


async def test_sockets_among_its_own_processes_are_no_attempt(run_once: RunCode) -> None:
    code = "import asyncio, socket; a, b = socket.socketpair(); a.send(b'x'); b.recv(1)\n"
    code += "async def main(): await asyncio.sleep(0)\nasyncio.run(main())"
    assert (await run_once(code)).ok


# -- processes ------------------------------------------------------------------------------------


async def test_threads_count_as_processes(run_once: RunCode) -> None:
    code = "import threading, time\nfor _ in range(500):\n"
    code += "    try: threading.Thread(target=time.sleep, args=(30,)).start()\n"
    code += "    except RuntimeError: time.sleep(5)"
    assert why(await run_once(code)) == (Reason.SANDBOX_MEM, "processes")


async def test_what_it_leaves_running_ends_with_it(run_code: RunCode) -> None:
    mark = f"taokit-left-{os.getpid()}-{time.time_ns()}"
    result = await run_code(probes.ORPHAN, mark)
    assert result.ok, result
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if mark in text(path)]
    assert left == []


def text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


async def test_a_child_that_works_on_does_not_stretch_the_time(run_once: RunCode) -> None:
    code = "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\n"
    code += "for _ in range(3): os.wait()"
    result = await run_once(code, limits=replace(SMALL, cpu_s=0.6))
    assert why(result) == (Reason.SANDBOX_TIME, "cpu"), result
    assert result.cpu_s < 2.5


# -- time -----------------------------------------------------------------------------------------


async def test_endless_work_and_endless_sleep_are_ended(run_once: RunCode) -> None:
    result = await run_once(probes.SPIN, limits=replace(SMALL, cpu_s=0.3))
    assert why(result) == (Reason.SANDBOX_TIME, "cpu")
    code = "import signal, time\nfor n in (1, 2, 15, 20, 24): signal.signal(n, signal.SIG_IGN)\n"
    result = await run_once(code + "time.sleep(60)", limits=replace(SMALL, wall_s=0.5))
    assert why(result) == (Reason.SANDBOX_TIME, "wall")
    assert 0.5 <= result.wall_s < 3
    assert result.exit is None


# -- memory, disk, output -------------------------------------------------------------------------

MEMORY = {
    "slow": probes.SWELL,
    "at once": "x = bytearray(900 << 20)",
    "many small": "kept = []\nwhile True: kept.append(bytes(100))",
    "by children": (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n"
        "        x = bytearray(b'x') * (30 << 20); time.sleep(30)\n        os._exit(0)\nos.wait()"
    ),
    "shared": "import mmap, time\nm = mmap.mmap(-1, 300 << 20)\nm.write(bytes(300 << 20))",
}


@pytest.mark.parametrize("way", MEMORY)
async def test_too_much_memory_is_ended(way: str, run_once: RunCode) -> None:
    result = await run_once(MEMORY[way])
    assert why(result) == (Reason.SANDBOX_MEM, "memory"), result
    assert result.memory < 500 * MIB


async def test_memory_that_no_process_holds_cannot_be_had(run_once: RunCode) -> None:
    code = "import os\nfd = os.memfd_create('x')\nos.write(fd, bytes(1 << 20))"
    assert (await run_once(code)).reason is Reason.TEST_FAIL


@pytest.mark.parametrize("where", ["big", "/tmp/big", "/dev/shm/big"])
async def test_a_full_disk_is_the_guests_own(where: str, run_code: RunCode) -> None:
    code = f"n = 0\nwhile True:\n    open({where!r} + str(n), 'wb').write(bytes(1 << 20)); n += 1"
    result = await run_code(code)
    assert result.reason in (Reason.SANDBOX_MEM, Reason.TEST_FAIL), result
    if not where.startswith("/"):
        assert result.detail == "disk"


async def test_many_empty_files_are_a_full_disk(run_code: RunCode) -> None:
    code = "n = 0\nwhile True:\n    open(str(n), 'w').close(); n += 1"
    result = await run_code(code)
    assert why(result) == (Reason.SANDBOX_MEM, "disk"), result


async def test_one_giant_sparse_file_is_refused(run_once: RunCode) -> None:
    code = "f = open('big', 'wb'); f.truncate(1 << 40)"
    result = await run_once(code, files_out=("big",))
    assert not result.ok
    assert result.files == {"big": b""}


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_output_without_end_is_cut(stream: str, run_once: RunCode) -> None:
    result = await run_once(f"import sys\nwhile True: sys.{stream}.write('x' * 10000)")
    assert why(result) == (Reason.SANDBOX_MEM, "output")
    assert len(result.stdout) + len(result.stderr) == SMALL.output


# -- files ----------------------------------------------------------------------------------------


async def test_no_file_of_the_host_is_read(run_code: RunCode, tmp_path: Path) -> None:
    secret = tmp_path / "answer"
    secret.write_text("the label")
    tmp_path.chmod(0o755)
    code = f"""
import os
for path in ({str(secret)!r}, {str(Path.home())!r} + "/.ssh", "/etc/shadow", "/proc/1/environ",
             "/proc/1/root{secret}", "/proc/1/cwd/x", "/proc/1/fd/0", "/proc/1/maps"):
    try:
        print(path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(9))
    except OSError:
        pass
"""
    assert (await run_code(code)).stdout == b""


LINKS = {
    "a link to a host's file": "os.symlink('/etc/passwd', 'answer')",
    "a link to the warden's files": "os.symlink('/proc/1/environ', 'answer')",
    "a pipe": "os.mkfifo('answer')",
    "a folder": "os.mkdir('answer')",
    "a socket": "import socket; socket.socket(1).bind('answer')",
}


@pytest.mark.parametrize("way", LINKS)
async def test_an_output_that_is_no_plain_file_is_refused(way: str, run_once: RunCode) -> None:
    result = await run_once(f"import os\n{LINKS[way]}", files_out=("answer",))
    assert why(result) == (Reason.MALFORMED, "not a plain file: answer"), result
    assert result.files == {}


async def test_a_link_in_the_way_to_an_output_is_not_followed(run_once: RunCode) -> None:
    code = "import os\nos.symlink('/etc', 'out'); os.mkdir('dir'); os.symlink('/etc', 'dir/x')\n"
    code += "os.symlink('/etc/passwd', 'dir/y')"
    result = await run_once(code, files_out=("out/passwd",))
    assert result.reason is Reason.MALFORMED
    result = await run_once(code, files_out=("out/",))
    assert result.reason is Reason.MALFORMED
    result = await run_once(code, files_out=("dir/",))
    assert result.files == {}


async def test_its_folder_cannot_be_exchanged_for_another(run_code: RunCode) -> None:
    code = """
import os
open("answer", "w").write("mine")
try:
    os.rename("/scratch/work", "/scratch/old"); os.symlink("/etc", "/scratch/work")
except OSError:
    pass
"""
    result = await run_code(code, files_out=("answer", "passwd"))
    assert result.files == {"answer": b"mine"}
    assert result.reason is Reason.MISSING


async def test_outputs_are_no_larger_than_the_disk_together(run_once: RunCode) -> None:
    code = "f = open('a', 'wb'); f.truncate(6 << 20)\nf = open('b', 'wb'); f.truncate(6 << 20)"
    result = await run_once(code, files_out=("a", "b"))
    assert why(result) == (Reason.MALFORMED, "not a plain file: b")
    assert sum(map(len, result.files.values())) <= SMALL.disk


# -- the sandbox itself ---------------------------------------------------------------------------


async def test_the_warden_is_not_ended_traced_or_outshouted(run_code: RunCode) -> None:
    code = """
import os, signal
for number in range(1, 32):
    try:
        os.kill(1, number)
    except OSError:
        pass
for number in range(3, 256):
    try:
        os.write(number, b"forged")
    except OSError:
        pass
for path in ("/proc/1/fd/1", "/proc/1/mem"):
    try:
        open(path, "r+b", 0).write(b"forged")
        print("wrote", path)
    except OSError:
        pass
"""
    result = await run_code(code)
    assert (result.ok, result.stdout) == (True, b""), result


async def test_the_environment_is_what_was_given(
    run_code: RunCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAOKIT_TEST_SECRET", "5Hsecret")
    code = "import os; print(os.environ.get('TAOKIT_TEST_SECRET'), os.environ['GIVEN'])"
    result = await run_code(code, env={"GIVEN": "yes"}, limits=Limits())
    assert result.stdout == b"None yes\n"
