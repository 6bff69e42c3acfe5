"""What tests of guests share: limits that make attacks short, and the type of a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from taokit.neuron.sandbox import Limits, SandboxResult

MIB = 1 << 20
SMALL = Limits(cpu_s=5, wall_s=10, memory=96 * MIB, pids=24, disk=8 * MIB, output=64 << 10)

RunCode = Callable[..., Awaitable[SandboxResult]]
"""Runs Python code in a rung: ``run_code(code, *args, files_in=, files_out=, limits=, env=)``."""
