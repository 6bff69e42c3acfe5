"""Killed at any point of a round, a validator goes on as if it had never ended.

Set TAOKIT_LONG_TESTS=1 to kill it two thousand times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import validator_lives

LONG = bool(os.environ.get("TAOKIT_LONG_TESTS"))
RUNS = (
    [(shape, seed, 100, 60) for shape in ("service", "rounds", "arena") for seed in range(7)]
    if LONG
    else [("service", 1, 24, 12), ("rounds", 2, 24, 22), ("arena", 3, 24, 22)]
)


@pytest.mark.parametrize(("shape", "seed", "deaths", "turns"), RUNS)
def test_a_validator_killed_anywhere_loses_no_score_and_sets_no_weights_of_half_a_round(
    shape: str, seed: int, deaths: int, turns: int, tmp_path: Path
) -> None:
    words = [shape, str(tmp_path), str(seed), str(deaths), str(turns)]
    command = [sys.executable, validator_lives.__file__, *words]
    subprocess.run(command, check=True, timeout=110)
    whole = json.loads((tmp_path / "whole.json").read_text())
    seen = json.loads((tmp_path / "deaths.json").read_text())
    blocks = [one["block"] for one in seen]
    assert len(seen) >= min(20, deaths * 3 // 4), "it was killed too seldom"
    assert blocks == sorted(blocks)
    assert blocks[-1] == turns
    for one in seen:
        turn = whole[str(one["block"])]["turn"] if one["block"] else None
        if turn is None:
            assert not one["scores"]
            continue
        assert one["scores"] == turn["scores"]
        assert one["verdicts"] == turn["verdicts"]
    assert seen[-1]["kept"] == whole[str(turns)]["turn"]["kept"]
    assert any(seen[-1]["scores"].values())
    # Weights were set, and only such as a whole turn's scores make.
    lines = (tmp_path / "set.jsonl").read_text().splitlines()
    assert lines
    for block, weights in map(json.loads, lines):
        assert weights == pytest.approx(whole[str(block)]["weights"])
