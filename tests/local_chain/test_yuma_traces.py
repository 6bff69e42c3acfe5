"""Every stage of an epoch against what the runtime's tests print of theirs, to the last bit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from vector_files import fixed, load

from taokit.local_chain.yuma import EpochInput, EpochOutput, epoch_mechanism, epoch_plain
from taokit.local_chain.yuma.liquid_alpha import LiquidParameters, alpha_sigmoid, bonds_alpha

VECTORS = load("yuma_traces")
ONE = 1 << 32
EPOCHS = pytest.mark.parametrize("epoch", [epoch_mechanism, epoch_plain], ids=["fast", "plain"])


def raw(printed: Any) -> Any:
    """Raw I32F32 of printed numbers: the runtime prints the shortest that says which it is."""
    if isinstance(printed, str):
        return round(Fraction(printed) * ONE)
    return [raw(item) for item in printed] if isinstance(printed, list) else printed


def plain(value: Any) -> Any:
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@EPOCHS
@pytest.mark.parametrize("trace", VECTORS["traces"], ids=lambda trace: trace["source"])
def test_every_stage_is_the_printed_one(trace: dict[str, Any], epoch: Any) -> None:
    count = len(trace["stake"])
    output: EpochOutput = epoch(
        EpochInput(
            block=2,
            tempo=1,
            activity_cutoff=5_000,
            stake=[stake << 64 for stake in trace["stake"]],
            last_update=trace["last_update"],
            block_at_registration=trace["registered"],
            validator_permits=trace["permits"],
            weights=[[(uid, value) for uid, value in row] for row in trace["weights"]],
            bonds=[[(uid, value) for uid, value in row] for row in trace["bonds"]],
            emission=1_000_000_000,
            max_allowed_validators=count,
            yuma3=False,
        ),
        explain=True,
    )
    assert output.stages is not None
    for stage, printed in trace["stages"].items():
        assert plain(getattr(output.stages, stage)) == raw(printed), stage
    assert output.emission == trace["emission"]


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("own", [False, True], ids=["silent", "self-weights"])
def test_a_graph_of_64_validators_and_448_servers(interleaved: bool, own: bool) -> None:
    """Three epochs on, with the validators first or among the others."""
    graph = VECTORS["graph"]
    count = graph["neurons"]
    step = count // graph["validators"]
    validators = set(range(0, count, step) if interleaved else range(graph["validators"]))
    servers = [uid for uid in range(count) if uid not in validators]
    to_servers = [(uid, 65_535) for uid in servers]
    bonds: list[Any] = [[] for _ in range(count)]
    for block in range(2, 2 + graph["epochs"]):
        output = epoch_mechanism(
            EpochInput(
                block=block,
                tempo=1,
                activity_cutoff=5_000,
                stake=[graph["stake"] << 64 if uid in validators else 0 for uid in range(count)],
                last_update=[1] * count,
                block_at_registration=[0] * count,
                validator_permits=[uid in validators for uid in range(count)],
                weights=[
                    to_servers if uid in validators else [(uid, 65_535)] if own else []
                    for uid in range(count)
                ],
                bonds=bonds,
                emission=1_000_000_000,
                max_allowed_validators=len(validators),
                yuma3=False,
            )
        )
        bonds = list(output.bonds)
    for uids, kind in ((sorted(validators), "validator"), (servers, "server")):
        for field, value in graph[kind].items():
            assert {getattr(output, field)[uid] for uid in uids} == {value}, (kind, field)
    for uid in range(count):
        expected = to_servers if uid in validators else []
        assert [tuple(bond) for bond in bonds[uid]] == expected


def test_liquid_alpha_between_equal_bounds_is_the_fixed_rate() -> None:
    given = VECTORS["sigmoid"]
    bound = given["alpha"] * ONE // 65_535
    parameters = LiquidParameters(bound, bound, -10 * ONE)
    rate = bonds_alpha(given["bonds_moving_average"])
    columns = len(given["weights"]) // given["rows"]
    tolerance = fixed(given["tolerance"])
    for place, (weight, bond) in enumerate(zip(given["weights"], given["bonds"], strict=True)):
        consensus = fixed(given["consensus"][place % columns])
        alpha = alpha_sigmoid(consensus, fixed(weight), fixed(bond), parameters)
        assert alpha == bound

        def averaged(part: int, new: int = fixed(weight), old: int = fixed(bond)) -> int:
            return (part * new + (ONE - part) * old) >> 32

        assert abs(averaged(alpha) - averaged(rate)) <= tolerance
