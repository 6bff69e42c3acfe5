"""How much of the recorded runtime's interface this chain has, item by item.

An item is *declared* if the chain's own metadata has it with the recorded index and type shape. A
call or a runtime API method is *implemented* if its code does more than say that it is not
supported; of storage items, events, errors and constants that is the same as declared. Whether what
is implemented does what the real runtime does is for tests to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from taokit.local_chain.interface_shapes import PARTS, interface_of, recorded

OUT_OF_SCOPE = ("Ethereum", "EVM", "EVMChainId", "BaseFee", "Contracts")
"""Pallets that this chain leaves out on purpose: two virtual machines and what belongs to them."""
APIS_OUT_OF_SCOPE = (
    "EthereumRuntimeRPCApi",
    "ConvertTransactionRuntimeApi",
    "ContractsApi",
)
_NO_WASM = "with `Unavailable`, since no WebAssembly runs here"
LIMITS = {
    "System.set_code": f"checks the code, then refuses it {_NO_WASM}",
    "System.set_code_without_checks": f"refuses code {_NO_WASM}",
    "System.apply_authorized_upgrade": f"checks the code, then refuses it {_NO_WASM}",
    "SessionKeys.generate_session_keys": "needs a seed: the node keeps no keys of its own",
    "GenesisBuilder.build_state": "checks a configuration; what it would write is dropped",
}
"""Where an implemented call or API method stops short of the real one, and why."""
_UNSUPPORTED = frozenset({"NotImplementedError"})


@dataclass
class Share:
    """How many items of one kind were recorded, are declared, and are implemented."""

    recorded: int = 0
    declared: int = 0
    implemented: int = 0

    def add(self, other: Share) -> None:
        """Count another share in."""
        self.recorded += other.recorded
        self.declared += other.declared
        self.implemented += other.implemented


@dataclass
class Covered:
    """A pallet or a runtime API: shares by part (`calls`, ...; `methods`), and what is missing."""

    name: str
    kind: str
    in_scope: bool
    parts: dict[str, Share]
    missing: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """True if nothing of it is missing, or nothing of it is meant to be there."""
        return not self.in_scope or not self.missing


@dataclass
class Coverage:
    """The whole comparison with one recorded runtime."""

    runtime: str
    items: list[Covered]

    @property
    def complete(self) -> bool:
        """True if nothing in scope is missing."""
        return all(item.complete for item in self.items)

    def totals(self) -> dict[str, Share]:
        """Shares by part, over all that is in scope."""
        totals = {part: Share() for part in (*PARTS, "methods")}
        for item in self.items:
            if item.in_scope:
                for part, share in item.parts.items():
                    totals[part].add(share)
        return totals


def coverage() -> Coverage:
    """Compare the chain's own metadata, under the main network's preset, with the recorded one."""
    from taokit.local_chain.frame.metadata import metadata_of
    from taokit.local_chain.runtime import Runtime

    real = recorded()
    ours = interface_of(metadata_of(Runtime, "mainnet"), real["runtime"])
    calls = {
        f"{pallet.name}.{spec.name}": spec.function
        for pallet in Runtime.pallet_classes().values()
        for spec in pallet.calls.values()
    }
    methods = {f"{m.trait}.{m.name}": m.function for _, m in Runtime.api_methods().values()}
    items = [
        _compare(name, "pallet", name not in OUT_OF_SCOPE, table, ours["pallets"], calls)
        for name, table in real["pallets"].items()
    ]
    items += [
        _compare(
            name, "api", name not in APIS_OUT_OF_SCOPE, {"methods": table}, ours["apis"], methods
        )
        for name, table in real["apis"].items()
    ]
    return Coverage(real["runtime"], items)


def _compare(
    name: str,
    kind: str,
    in_scope: bool,
    real: dict[str, Any],
    all_ours: dict[str, Any],
    code: dict[str, Callable[..., Any]],
) -> Covered:
    found = all_ours.get(name, {})
    ours = {"methods": found} if kind == "api" else found
    covered = Covered(name, kind, in_scope, {})
    same_place = real.get("index") == ours.get("index")
    for part in ("methods",) if kind == "api" else PARTS:
        share = covered.parts[part] = Share()
        for item, mark in real[part].items():
            share.recorded += 1
            if not same_place or ours.get(part, {}).get(item) != mark:
                covered.missing.append(f"{part}.{item}")
                continue
            share.declared += 1
            if part in ("calls", "methods") and not does_something(code[f"{name}.{item}"]):
                covered.missing.append(f"{part}.{item}")
                continue
            share.implemented += 1
    return covered


def does_something(function: Callable[..., Any]) -> bool:
    """False for a function that says that it is not supported."""
    code: CodeType = function.__code__
    return not _UNSUPPORTED.intersection(code.co_names)
