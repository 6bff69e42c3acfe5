"""Reading the numeric expectations in tests/data/vectors (facts taken from the runtime's tests)."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from taokit.local_chain.arithmetic import I32F32

FOLDER = Path(__file__).parents[1] / "data" / "vectors"


def load(name: str) -> Any:
    """The named vector file."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def single(value: float) -> float:
    """The value as the runtime's tests hold it: rounded to a 32-bit float."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def fixed(value: float | str) -> int:
    """Raw I32F32 of a 32-bit float, or of the format's "min" or "max"."""
    if isinstance(value, str):
        return {"min": I32F32.min, "max": I32F32.max}[value]
    return I32F32.from_float(single(value))


def sparse(values: list[float], rows: int, transpose: bool = False) -> list[list[tuple[int, int]]]:
    """A flat row-by-row matrix as sparse rows of raw I32F32, zeros left out."""
    columns = len(values) // rows
    dense = [values[row * columns : (row + 1) * columns] for row in range(rows)]
    if transpose:
        dense = [list(column) for column in zip(*dense, strict=True)]
    return [[(uid, fixed(v)) for uid, v in enumerate(row) if v != 0] for row in dense]
