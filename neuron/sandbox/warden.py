"""The warden: process 1 of a sandbox. It puts files in, starts the guest, watches it, ends it all.

Runs inside, as source handed to an interpreter (``-c``), so it needs nothing but Python's own
modules and imports nothing of ours. It is not the guest: it has another user, or capabilities that
the guest lacks, and the guest cannot read, trace or end it. Does not own the walls around it.

It reads one frame (what to run) and writes frames: ``started``, then ``ended``; or ``broken`` when
the guest could not be confined, and then nothing of it was run. A frame is 8 bytes of length, JSON,
and the blobs whose lengths the JSON lists.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import selectors
import signal
import stat
import sys
import time

TYPE_CHECKING = False  # as typing says it, without the time that importing typing takes
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]

_TICK = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CLOCK = os.sysconf("SC_CLK_TCK")
_MAX_FILES = 1000
_SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT = 4, 22, 24, 38, 47
_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            raise EOFError("the frame ended early")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send(descriptor: int, head: dict[str, Any], blobs: list[bytes] | None = None) -> None:
    blobs = blobs or []
    text = json.dumps({**head, "blobs": [len(blob) for blob in blobs]}).encode()
    view = memoryview(b"".join([len(text).to_bytes(8, "big"), text, *blobs]))
    while view:
        view = view[os.write(descriptor, view) :]


# -- the guest's side of the fork -----------------------------------------------------------------


def _become_guest(spec: dict[str, Any]) -> None:
    """Give up everything, for ever. Raises OSError when something could not be given up."""
    limits = spec["limits"]
    _prepare_limits(limits)
    for capability in range(64):  # where this is not allowed there is no way back to them either
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    _libc.prctl(_AMBIENT, 4, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(spec["uid"], spec["uid"], spec["uid"])
        os.setresuid(spec["uid"], spec["uid"], spec["uid"])
    empty = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(ctypes.byref(_Header(0x20080522, 0)), empty), "capset")
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if os.geteuid() == 0 or os.getegid() == 0:
        raise PermissionError("the guest would be root")
    lines = bytes.fromhex(spec["filter"])
    if lines:
        program = _Filter(len(lines) // 8, lines)
        _check(_libc.prctl(_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "seccomp")


def _prepare_limits(limits: dict[str, Any]) -> None:
    memory, seconds = int(limits["memory"]), int(limits["cpu_s"]) + 2
    # Per process, and loose: what they use together is watched. These hold until the next look.
    for name, value in {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds,
        "RLIMIT_DATA": 2 * memory + (256 << 20),
        "RLIMIT_FSIZE": int(limits["disk"]),
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_NPROC": int(limits["pids"]) + 8,
    }.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))


def _guest(spec: dict[str, Any], outputs: tuple[int, int], trouble: int) -> None:
    try:
        os.setsid()
        for target, source in ((0, os.open("/dev/null", os.O_RDONLY)), (1, outputs[0])):
            os.dup2(source, target)
        os.dup2(outputs[1], 2)
        os.dup2(trouble, 3)
        os.set_inheritable(3, False)
        os.closerange(4, 4096)
        trouble = 3
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        os.umask(0o022)
        for number in range(1, signal.NSIG):
            if number not in (signal.SIGKILL, signal.SIGSTOP) and not 32 <= number <= 33:
                with contextlib.suppress(OSError, ValueError):
                    signal.signal(number, signal.SIG_DFL)
        _become_guest(spec)
        os.chdir(spec["home"])
    except BaseException as error:  # noqa: BLE001 (whatever it was: the guest must not run)
        os.write(trouble, f"{type(error).__name__}: {error}".encode())
        os._exit(126)
    try:
        os.execve(spec["command"][0], spec["command"], spec["env"])
    except OSError as error:
        os.write(2, f"cannot start {spec['command'][0]}: {error}\n".encode())
        os._exit(127)


# -- watching -------------------------------------------------------------------------------------


def _usage() -> tuple[int, int, float]:
    """Bytes, tasks and CPU seconds of every process but this one."""
    memory, tasks, ticks = 0, 0, 0
    for name in os.listdir("/proc"):
        if not name.isdigit() or name == "1":
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] == b"Z":
            tasks += 1
            continue
        memory += int(fields[21]) * _PAGE
        tasks += int(fields[17])
        ticks += int(fields[11]) + int(fields[12])
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return memory, tasks, ticks / _CLOCK + reaped.ru_utime + reaped.ru_stime


def _shared_out() -> int:
    """Bytes of every process but this one, with shared pages counted once."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and name != "1":
            try:
                with open(f"/proc/{name}/smaps_rollup", "rb") as file:
                    total += sum(int(line.split()[1]) << 10 for line in file if line[:4] == b"Pss:")
            except (PermissionError, FileNotFoundError):
                if os.path.exists(f"/proc/{name}"):
                    return sys.maxsize  # not told here: the sum that came before has to do
            except OSError:
                continue
    return total


def _network_attempts() -> int:
    """How often something was sent where no route leads; a name look-up without an answer too."""
    total = 0
    with contextlib.suppress(OSError), open("/proc/self/net/snmp") as file:
        rows = [line.split() for line in file]
        for names, values in zip(rows[::2], rows[1::2]):
            table = dict(zip(names[1:], values[1:]))
            if names[0] == "Ip:":
                total += int(table.get("OutNoRoutes", 0))
            elif names[0] == "Udp:":
                total += int(table.get("NoPorts", 0))
    with contextlib.suppress(OSError), open("/proc/self/net/snmp6") as file:
        wanted = {"Ip6OutNoRoutes", "Udp6NoPorts"}
        total += sum(int(row[1]) for row in map(str.split, file) if row[0] in wanted)
    return total


def _over(limits: dict[str, Any], began: float, seen: dict[str, Any], home: int) -> str:
    memory, tasks, cpu = _usage()
    if memory > limits["memory"]:
        memory = min(memory, _shared_out())
    seen["memory"] = max(seen["memory"], memory)
    if memory > limits["memory"]:
        return "memory"
    if tasks > limits["pids"]:
        return "processes"
    space = os.fstatvfs(home)
    if space.f_files - space.f_ffree > max(1024, limits["disk"] // 4096):
        return "disk"  # as many names as that, though each is empty
    if cpu > limits["cpu_s"]:
        return "cpu"
    return "wall" if time.monotonic() - began > limits["wall_s"] else ""


def _watch(child: int, pipes: tuple[int, int], home: int, limits: dict[str, Any]) -> dict[str, Any]:
    """Until the guest's first process ends, or a limit is reached. What was written, and why."""
    began = looked = time.monotonic()
    seen: dict[str, Any] = {"memory": 0, "limit": "", "exit": None}
    texts = {pipe: bytearray() for pipe in pipes}
    poll = selectors.DefaultSelector()
    for pipe in pipes:
        os.set_blocking(pipe, False)
        poll.register(pipe, selectors.EVENT_READ)
    while not seen["limit"]:
        for key, _ in poll.select(_TICK):
            _drain(key.fd, texts, limits, seen, poll)
        ended, status = _reap(child)
        if ended:
            seen["exit"] = status
            break
        if time.monotonic() - looked >= _TICK:
            seen["limit"] = seen["limit"] or _over(limits, began, seen, home)
            looked = time.monotonic()
    # Whatever the guest left behind ends with it.
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    for key in list(poll.get_map().values()):
        _drain(key.fd, texts, limits, seen, poll)
    seen["texts"] = [bytes(texts[pipe]) for pipe in pipes]
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    seen["cpu_s"] = usage.ru_utime + usage.ru_stime
    seen["memory"] = max(seen["memory"], usage.ru_maxrss << 10)
    return seen


def _reap(child: int) -> tuple[bool, int]:
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            return True, os.waitstatus_to_exitcode(status)
        if ended == 0:
            return False, 0


def _drain(pipe: int, texts: Any, limits: Any, seen: Any, poll: Any) -> None:
    while not seen["limit"]:
        try:
            part = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return
        if not part:
            poll.unregister(pipe)
            return
        room = limits["output"] - sum(len(text) for text in texts.values())
        texts[pipe] += part[:room]
        if len(part) > room:
            seen["limit"] = "output"


# -- files ----------------------------------------------------------------------------------------


def _put(home: str, name: str, data: bytes) -> None:
    path = os.path.join(home, name)
    folder = home
    for part in name.split("/")[:-1]:
        folder = os.path.join(folder, part)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o777)
            os.chmod(folder, 0o777)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    with open(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(descriptor, 0o777 if data[:2] == b"#!" else 0o666)


class _NotPlainError(Exception):
    """A link, a device, a pipe, a folder where a file was expected."""


def _open_below(folder: int, name: str, flags: int) -> int:
    """Open ``name`` below ``folder`` without following a link in any part. The caller closes."""
    parts = name.split("/")
    here = os.dup(folder)
    try:
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            kind = flags if last else os.O_DIRECTORY
            wanted = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | kind
            after = os.open(part, wanted, dir_fd=here)
            os.close(here)
            here = after
    except BaseException:
        os.close(here)
        raise
    return here


def _get(folder: int, name: str, room: int) -> bytes:
    try:
        descriptor = _open_below(folder, name, 0)
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        raise _NotPlainError(name) from None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > room:
            raise _NotPlainError(name)
        return file.read(room)


def _names_below(folder: int, name: str) -> list[str]:
    descriptor = _open_below(folder, name, os.O_DIRECTORY)
    names: list[str] = []
    try:
        for base, folders, files, _ in os.fwalk(".", dir_fd=descriptor, follow_symlinks=False):
            folders.sort()
            prefix = os.path.normpath(os.path.join(name, base))
            names += [f"{prefix}/{one}" for one in sorted(files)]
            if len(names) > _MAX_FILES:
                raise _NotPlainError(name)
    finally:
        os.close(descriptor)
    return names


def _collect(home: int, wanted: list[str], room: int) -> tuple[dict[str, bytes], str, str]:
    """The files, then the first that is missing and the first that is not a plain file."""
    files: dict[str, bytes] = {}
    missing, wrong = "", ""
    for name in wanted:
        try:
            each = _names_below(home, name.rstrip("/")) if name.endswith("/") else [name]
            for one in each:
                one.encode()
                files[one] = _get(home, one, room)
                room -= len(files[one])
        except FileNotFoundError:
            missing = missing or name
        except (_NotPlainError, OSError, UnicodeError):
            wrong = wrong or name
    return files, missing, wrong


def _run(spec: dict[str, Any], blobs: list[bytes], report: int) -> None:
    home = spec["home"]
    for folder in (home, spec["tmp"], spec["shm"]):
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)
    for name, blob in zip(spec["files_in"], blobs):
        _put(home, name, blob)
    blobs.clear()
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    outs, errs, said = os.pipe(), os.pipe(), os.pipe()
    before = _network_attempts()
    child = os.fork()
    if child == 0:
        _guest(spec, (outs[1], errs[1]), said[1])
    for pipe in (outs[1], errs[1], said[1]):
        os.close(pipe)
    trouble = os.read(said[0], 4096)  # ends when the guest's program has replaced the child
    if trouble:
        raise RuntimeError(trouble.decode(errors="replace"))
    _send(report, {"kind": "started"})
    seen = _watch(child, (outs[0], errs[0]), folder, spec["limits"])
    _send(report, {"kind": "stopped"})
    files, missing, wrong = _collect(folder, spec["files_out"], int(spec["limits"]["disk"]))
    space = os.fstatvfs(folder)
    texts = seen.pop("texts")
    head = {
        **seen,
        "kind": "ended",
        "network": _network_attempts() - before,
        "full": space.f_bfree == 0 or (space.f_files > 0 and space.f_ffree == 0),
        "missing": missing,
        "wrong": wrong,
        "names": list(files),
    }
    _send(report, head, [*texts, *files.values()])


def main(enter: Any = None) -> None:
    """Read what to run, go into the jail (``enter(spec)``) where there is one to build, and run."""
    report = os.dup(1)
    os.set_inheritable(report, False)
    os.dup2(2, 1)
    try:
        size = int.from_bytes(_read(0, 8), "big")
        spec = json.loads(_read(0, size))
        blobs = [_read(0, length) for length in spec["blobs"]]
        if enter is not None:
            enter(spec)
        # Of a signal from inside, process 1 gets those that it asks for; Python asks for this one.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _check(_libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
        if os.getpid() != 1:
            raise RuntimeError("the warden is not the first process of its namespace")
        _run(spec, blobs, report)
    except BaseException as error:  # noqa: BLE001 (told to the host, which raises)
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        _send(report, {"kind": "broken", "why": f"{type(error).__name__}: {error} ({where})"})
        sys.exit(1)
