"""Prometheus' text format, version 0.0.4: what a metric is written as.

Owns the format. Does not own what is counted (`rpc.metrics`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["CONTENT_TYPE", "Histogram", "family", "histogram_samples"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]
"""A suffix of the metric's name, labels, and a value."""


class Histogram:
    """Observations counted by upper bounds, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def histogram_samples(histogram: Histogram, labels: Labels) -> Iterable[Sample]:
    """The samples of a histogram: how many up to each bound, the sum, and how many in all."""
    so_far = 0
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts):
        so_far += count
        yield "_bucket", {**labels, "le": _number(bound)}, so_far
    yield "_sum", labels, histogram.total
    yield "_count", labels, so_far


def family(name: str, kind: str, help: str, samples: Iterable[Sample]) -> str:
    """One metric with its help and type."""
    lines = [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]
    for suffix, labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{suffix}{'{' + shown + '}' if shown else ''} {_number(value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
