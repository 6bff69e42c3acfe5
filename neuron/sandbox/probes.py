"""What the self-test runs inside: small programs that try to get out, and say how far they got.

Owns these programs, as source. Each prints one line of JSON; what it must say is in ``selftest``.
"""

from __future__ import annotations

__all__ = ["ESCAPE", "FORKS", "ORPHAN", "SPIN", "SWELL"]

ESCAPE = """
import ctypes, json, os, socket, sys

asked = json.load(open("asked.json"))
said = {"connected": [], "read": [], "wrote": [], "made": []}

for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 53)),
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", asked["port"])),
    (socket.AF_INET6, socket.SOCK_STREAM, ("2606:4700:4700::1111", 53)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    (getattr(socket, "AF_VSOCK", 40), socket.SOCK_STREAM, (2, 22)),
    (socket.AF_NETLINK, socket.SOCK_RAW, (0, 0)),
):
    try:
        with socket.socket(family, kind) as one:
            one.settimeout(0.5)
            if family == socket.AF_NETLINK:
                one.bind(address)
            else:
                one.connect(address)
            said["connected"].append(str(address))
    except OSError:
        pass

said["devices"] = [line.split(":")[0].strip() for line in open("/proc/self/net/dev")][2:]
said["processes"] = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
for path in asked["files"] + ["/proc/1/environ", "/proc/1/mem", "/proc/1/root/etc/shadow"]:
    try:
        if open(path, "rb").read(1):
            said["read"].append(path)
    except OSError:
        pass

for base, folders, names in os.walk("/"):
    if base.startswith(("/proc", "/scratch", "/sys")):
        folders[:] = []
        continue
    if base.count("/") > 3:
        folders[:] = []
    try:
        path = os.path.join(base, "taokit-was-here")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)
        if os.path.realpath(base).split("/")[1] != "scratch":
            said["wrote"].append(base)
    except OSError:
        pass
for path in ("/proc/sys/kernel/core_pattern", "/proc/1/oom_score_adj", "/proc/sysrq-trigger"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        said["wrote"].append(path)
    except OSError:
        pass

libc = ctypes.CDLL(None, use_errno=True)
for name, call in {
    "user namespace": lambda: libc.unshare(0x10000000),
    "mount": lambda: libc.mount(b"none", b"/scratch", b"tmpfs", 0, b""),
    "trace": lambda: libc.ptrace(16, 1, 0, 0),
    "chroot": lambda: libc.chroot(b"/scratch"),
    "root": lambda: libc.setuid(0),
}.items():
    try:
        if call() == 0:
            said["made"].append(name)
    except OSError:
        pass

for number in (9, 15, 19):  # where the first of these works, nothing is printed
    try:
        os.kill(1, number)
    except OSError:
        pass
status = dict(line.rstrip().split(":", 1) for line in open("/proc/self/status"))
said["uid"] = os.getuid()
said["gid"] = os.getgid()
said["groups"] = os.getgroups()
said["capabilities"] = [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
said["no_new_privileges"] = status.get("NoNewPrivs", "").strip()
said["filtered"] = status.get("Seccomp", "").strip()
said["environment"] = sorted(os.environ)
said["open"] = sorted(int(one) for one in os.listdir("/proc/self/fd"))[:-1]
print(json.dumps(said))
"""

FORKS = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""

SWELL = """
kept = []
while True:
    kept.append(bytearray(b"x") * (8 << 20))
"""

SPIN = """
while True:
    pass
"""

ORPHAN = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        code = "import time; time.sleep(600)"
        os.execv(sys.executable, [sys.executable, "-c", code, sys.argv[1]])
    os._exit(0)
os.wait()
"""
