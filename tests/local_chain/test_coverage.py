"""All of the recorded runtime's interface is there, but for what is left out on purpose."""

from __future__ import annotations

import lzma
from copy import deepcopy
from pathlib import Path

import pytest

from taokit.chain_client.metadata import Metadata
from taokit.local_chain import coverage as comparison
from taokit.local_chain.coverage import LIMITS, OUT_OF_SCOPE, coverage, does_something
from taokit.local_chain.interface_shapes import interface_of, recorded
from taokit.local_chain.runtime import Runtime

METADATA = Path(__file__).parents[1] / "data" / "finney-424" / "metadata-v16.scale.xz"


def test_everything_in_scope_is_there() -> None:
    report = coverage()
    missing = {item.name: item.missing for item in report.items if item.in_scope and item.missing}
    assert missing == {}
    assert report.complete
    for share in report.totals().values():
        assert 0 < share.recorded == share.declared == share.implemented


def test_the_recorded_table_is_that_of_the_recorded_metadata() -> None:
    real = Metadata.decode(lzma.decompress(METADATA.read_bytes()))
    advice = "run docs/make_recorded_interface.py"
    assert recorded() == interface_of(real, recorded()["runtime"]), advice


def test_only_the_virtual_machines_are_left_out() -> None:
    left_out = {item.name for item in coverage().items if not item.in_scope}
    apis = {"EthereumRuntimeRPCApi", "ConvertTransactionRuntimeApi", "ContractsApi"}
    assert left_out == set(OUT_OF_SCOPE) | apis
    assert not left_out & {pallet.name for pallet in Runtime.pallet_classes().values()}


def test_what_differs_from_the_recorded_runtime_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = deepcopy(recorded())
    system, core = table["pallets"]["System"], table["apis"]["Core"]
    system["calls"]["remark"] = "1:" + system["calls"]["remark"].split(":")[1]
    system["storage"]["Another"] = system["storage"]["Number"]
    core["version"] = "0" * 12
    table["pallets"]["Timestamp"]["index"] = 99
    monkeypatch.setattr(comparison, "recorded", lambda: table)
    report = coverage()
    missing = {item.name: item.missing for item in report.items if item.in_scope and item.missing}
    assert missing == {
        "System": ["calls.remark", "storage.Another"],
        "Timestamp": ["calls.set", "storage.Now", "storage.DidUpdate", "constants.MinimumPeriod"],
        "Core": ["methods.version"],
    }
    assert not report.complete


def test_a_call_that_says_it_is_not_supported_does_not_count() -> None:
    def unsupported() -> None:
        raise NotImplementedError("not here")

    assert not does_something(unsupported)
    assert does_something(Runtime.new)


def test_limits_are_told_of_what_is_there() -> None:
    calls = {
        f"{pallet.name}.{spec.name}"
        for pallet in Runtime.pallet_classes().values()
        for spec in pallet.calls.values()
    }
    methods = {f"{method.trait}.{method.name}" for _, method in Runtime.api_methods().values()}
    assert set(LIMITS) <= calls | methods
