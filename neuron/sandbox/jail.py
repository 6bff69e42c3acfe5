"""The jail of the rung ``userns``: new namespaces and a small root of read-only binds.

Runs before the warden, in the same process, as source (see ``warden``); it needs nothing but
Python's own modules. As root the namespaces are made with root's rights, and the guest gets a user
that nobody else has; without, in a user namespace where it is user 1000. Needs Linux 5.12.
"""

from __future__ import annotations

import _socket
import ctypes
import fcntl
import os
import signal
import stat as kinds

TYPE_CHECKING = False  # as typing says it, without the time that importing typing takes
if TYPE_CHECKING:
    from typing import Any

__all__ = ["enter_jail"]

_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND = 1, 2, 4, 8, 32, 4096
_REC, _PRIVATE, _DETACH = 16384, 1 << 18, 2
_DEVICES = ("null", "zero", "full", "random", "urandom")
_jail_libc = ctypes.CDLL(None, use_errno=True)


def _must(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    result = _jail_libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    _must(result, f"mount {source} at {target}")


def _protect(target: str, *, devices: bool = False) -> None:
    """Make a mount and all below it read-only, without set-user-id programs or devices."""
    flags = _RDONLY | _NOSUID | (0 if devices else _NODEV)
    attributes = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    result = _jail_libc.syscall(
        442, -100, target.encode(), 0x8000, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    _must(result, f"protect {target}")


def _bind(source: str, target: str, *, devices: bool = False) -> None:
    if kinds.S_ISDIR(os.stat(source).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o644))
    _mount(source, target, "none", _BIND | _REC)
    _protect(target, devices=devices)


def _build(root: str, spec: dict[str, Any]) -> None:
    jail = spec["jail"]
    os.umask(0o022)
    # At most this much of it is ever written: names to mount upon.
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m,nr_inodes=2048")
    for folder in ("proc", "dev", "scratch", "etc"):
        os.mkdir(f"{root}/{folder}")
    size = int(spec["limits"]["disk"])
    options = f"mode=755,size={size},nr_inodes={max(1024, size // 4096)}"
    _mount("tmpfs", f"{root}/scratch", "tmpfs", _NOSUID | _NODEV, options)
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}", devices=True)
    for link, target in jail["links"]:
        os.symlink(target, root + link)
    for target, source in jail["binds"]:
        if not os.path.lexists(root + target):
            _bind(source, root + target)
    with open(f"{root}/etc/passwd", "w") as file:
        file.write("guest:x:1000:1000::/scratch/work:/bin/sh\n")
    _mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC, "subset=pid")


def _raise_loopback() -> None:
    """Let the guest's own processes talk; and what is sent nowhere is counted as that."""
    one = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    request = b"lo".ljust(16, b"\0") + (0x1 | 0x40).to_bytes(2, "little") + bytes(14)
    fcntl.ioctl(one.fileno(), 0x8914, request)
    one.close()


def _pivot(root: str) -> None:
    os.chdir(root)
    # The old root is stacked below the new one, and then let go.
    _must(_jail_libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    _must(_jail_libc.umount2(b".", _DETACH), "umount the old root")
    os.chdir("/")
    _mount("none", "/", "none", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def enter_jail(spec: dict[str, Any]) -> None:
    """Become process 1 of new namespaces with a small root. Returns in that process only."""
    root = spec["jail"]["root"]
    uid, gid = os.geteuid(), os.getegid()
    flags = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET | _NEWCGROUP
    _must(_jail_libc.prctl(1, signal.SIGKILL, 0, 0, 0), "death signal")
    _must(_jail_libc.unshare(flags if uid == 0 else flags | _NEWUSER), "unshare")
    if uid != 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"1000 {uid} 1"),
            ("gid_map", f"1000 {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    child = os.fork()
    if child:
        # Nothing is left to do here but to last as long as what is inside.
        os.closerange(0, 3)
        os.closerange(3, 1024)
        _, status = os.waitpid(child, 0)
        os._exit(0 if status == 0 else 1)
    _must(_jail_libc.prctl(1, signal.SIGKILL, 0, 0, 0), "death signal")
    _mount("none", "/", "none", _REC | _PRIVATE)
    os.environ.clear()
    _build(root, spec)
    _pivot(root)
    _raise_loopback()
    _must(_jail_libc.sethostname(b"sandbox", len(b"sandbox")), "sethostname")
