"""A runtime of a few rules, in memory, to test the node without the real one.

An extrinsic is 10 bytes after its length prefix: sender, nonce, kind, priority, amount (u32, little
endian), then two bytes that only make it different. A sender is one letter; its account is that
letter 32 times. State: `bal:` + letter and `nonce:` + letter, u64 little endian.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from taokit.local_chain.errors import ExecutionFailed, LocalChainError, UnknownRuntimeApi
from taokit.local_chain.node.runtime_protocol import Changes, nonce_tag
from taokit.local_chain.switches import Switches

KINDS = {0: "transfer", 1: "fault", 2: "heavy", 3: "expires"}
PRICE = 10


def account(sender: str) -> bytes:
    return sender.encode() * 32


def extrinsic(
    sender: str, nonce: int, *, kind: int = 0, priority: int = 1, amount: int = 0, salt: int = 0
) -> bytes:
    body = bytes([ord(sender), nonce, kind, priority]) + amount.to_bytes(4, "little")
    return bytes([10 << 2]) + body + salt.to_bytes(2, "little")


@dataclass
class Invalid:
    kind: str
    custom: int | None = None


@dataclass
class Valid:
    provides: list[bytes]
    requires: list[bytes] = field(default_factory=list)
    priority: int = 1
    longevity: int = 2**64 - 1


@dataclass
class Applied:
    included: bool
    invalid: Invalid | None = None


class FakeState:
    """Whole copies of the state, one a block."""

    history = None  # it lies on no other chain's

    def __init__(self) -> None:
        self.blocks: list[dict[bytes, bytes]] = []
        self.head: dict[bytes, bytes] = {}
        self.dirty: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.dirty[key] if key in self.dirty else self.head.get(key)

    def put(self, key: bytes, value: bytes | None) -> None:
        self.dirty[key] = value

    def raw_put(self, key: bytes, value: bytes | None) -> None:
        self.put(key, value)

    def unsealed(self) -> Changes:
        return dict(self.dirty)

    def open_block(self) -> None:
        """Nothing to forget."""

    def commit_block(self) -> Changes:
        changes = {k: v for k, v in self.dirty.items() if self.head.get(k) != v}
        self.head = {k: v for k, v in {**self.head, **changes}.items() if v is not None}
        self.dirty = {}
        self.blocks.append(self.head)
        return changes

    def discard_block(self) -> None:
        self.dirty = {}

    def raw_get(self, key: bytes, at: int) -> bytes | None:
        return self.blocks[at].get(key)

    def raw_keys(
        self, prefix: bytes, start: bytes | None, count: int | None, at: int
    ) -> list[bytes]:
        keys = sorted(k for k in self.blocks[at] if k.startswith(prefix))
        if start is not None:
            first = bisect_left(keys, start)
            keys = keys[first + (first < len(keys) and keys[first] == start) :]
        return keys if count is None else keys[:count]


class FakeRuntime:
    """The rules: pay PRICE, nonces in order, no more than three heavy ones a block."""

    logs: Sequence[bytes] = ()

    def __init__(self, state: FakeState, system_version: int = 1) -> None:
        self.state = state
        self.system_version = system_version
        self.heavy = 0
        self.validations = 0

    def number(self, key: str) -> int:
        return int.from_bytes(self.state.get(key.encode()) or b"", "little")

    def set_number(self, key: str, value: int) -> None:
        self.state.put(key.encode(), value.to_bytes(8, "little"))

    def version(self) -> dict[str, Any]:
        return {
            "specName": "fake",
            "implName": "fake",
            "authoringVersion": 1,
            "specVersion": 7,
            "implVersion": 1,
            "apis": [["0x37e397fc7c91f5e4", 2]],
            "transactionVersion": 1,
            "systemVersion": self.system_version,
            "stateVersion": self.system_version,
        }

    def metadata(self, version: int) -> bytes | None:
        return b"meta" + bytes([version]) if version in (14, 15) else None

    def genesis(self) -> None:
        self.state.put(b":code", b"fake runtime")
        for sender in "ABC":
            self.set_number(f"bal:{sender}", 1000)

    def initialize_block(self, number: int, parent: bytes, logs: Sequence[bytes]) -> None:
        self.heavy = 0
        self.logs = logs
        self.state.put(b"number", number.to_bytes(8, "little"))
        self.state.put(b"parent", parent)

    def inherents(self, timestamp_ms: int, shield_key: bytes | None = None) -> list[bytes]:
        return [bytes([10 << 2, 0, 5]) + timestamp_ms.to_bytes(8, "little")]

    def shielded(self, encoded: bytes) -> None:
        return None

    def unshielded(self, plaintext: bytes) -> None:
        return None

    def validate(self, encoded: bytes, head_hash: bytes = b"") -> Valid | Invalid:
        self.validations += 1
        if len(encoded) != 11:
            raise ExecutionFailed("an extrinsic has 10 bytes")
        sender, nonce, kind, priority = chr(encoded[1]), *encoded[2:5]
        if kind not in KINDS:
            return Invalid("Custom", kind)
        if self.number(f"bal:{sender}") < PRICE:
            return Invalid("Payment")
        current = self.number(f"nonce:{sender}")
        if nonce < current:
            return Invalid("Stale")
        who = account(sender)
        requires = [nonce_tag(who, nonce - 1)] if nonce > current else []
        return Valid([nonce_tag(who, nonce)], requires, priority, 2 if kind == 3 else 2**64 - 1)

    def apply_extrinsic(self, encoded: bytes) -> Applied:
        if encoded[2] == 5 and encoded[1] == 0:
            self.state.put(b"now", encoded[3:])
            return Applied(True)
        verdict = self.validate(encoded)
        if isinstance(verdict, Invalid):
            return Applied(False, verdict)
        if verdict.requires:
            return Applied(False, Invalid("Future"))
        if encoded[3] == 1:
            raise ArithmeticError("a fault of the runtime")
        if encoded[3] == 2:
            if self.heavy == 3:
                return Applied(False, Invalid("ExhaustsResources"))
            self.heavy += 1
        sender = chr(encoded[1])
        self.set_number(f"nonce:{sender}", self.number(f"nonce:{sender}") + 1)
        amount = int.from_bytes(encoded[5:9], "little")
        self.set_number(f"bal:{sender}", max(0, self.number(f"bal:{sender}") - PRICE - amount))
        return Applied(True)

    def finalize_block(self) -> Sequence[bytes]:
        self.state.put(b"done", self.state.get(b"number"))
        return self.logs

    def call(self, method: str, data: bytes) -> bytes:
        if method == "AccountNonceApi_account_nonce":
            if len(data) != 32:
                raise ExecutionFailed("an account id has 32 bytes")
            return self.number(f"nonce:{chr(data[0])}").to_bytes(4, "little")
        if method == "TransactionPaymentApi_query_info":
            return bytes([4 << 2, 8 << 2, 0]) + PRICE.to_bytes(8, "little")
        if method == "TransactionPaymentApi_query_fee_details":
            parts = (1, 2, 255, 7)  # base, length, adjusted weight; the tip
            fees = b"".join(part.to_bytes(8, "little") for part in parts)
            return b"\x01" + fees if data[1] != 0 else b"\x00" + fees[-8:]
        if method == "Fake_echo":
            return data
        raise UnknownRuntimeApi(method)

    def at(self, number: int) -> FakeRuntime:
        past = FakeState()
        past.head = self.state.blocks[number]
        return FakeRuntime(past, self.system_version)


class FakePowers:
    """Lends the minting of money, and says of anything else that there is none of it."""

    def __init__(self, runtime: FakeRuntime) -> None:
        self.runtime = runtime
        self.switches = Switches()

    def fund(self, account: bytes, rao: int) -> None:
        self.runtime.set_number(f"bal:{chr(account[0])}", rao)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(*args: Any) -> Any:
            raise LocalChainError(f"nothing here can {name}")

        return refuse
