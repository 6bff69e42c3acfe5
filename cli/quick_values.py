"""Plain values from the command line, converted without Typer's own machinery.

Newer Typers convert through pydantic, and importing that costs more time than everything else a
small command does. The few types that our commands take are converted here instead: text, whole
numbers, flags, and lists of them. Any other type, and any older Typer, takes its usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

__all__ = ["use_quick_values"]


def use_quick_values(params: list[Any]) -> None:
    """Give each parameter that can have it the direct conversion."""
    for param in params:
        descriptor = getattr(param, "type_descriptor", None)
        convert = _CONVERSIONS.get(str(getattr(descriptor, "annotation", None)))
        if convert is not None and not isinstance(param.process_value, _Quick):
            param.process_value = _Quick(param, convert)


class _Quick:
    """The direct conversion of one parameter; knows how to say what is wrong with a value."""

    def __init__(self, param: Any, convert: Callable[[Any], Any]) -> None:
        self._param = param
        self._convert = convert
        self._usual = param.process_value

    def __call__(self, ctx: Any, value: Any) -> Any:
        param = self._param
        many = param.multiple or param.nargs == -1
        if value is None or (many and not value):
            if param.required:
                return self._usual(ctx, value)  # raises the usual error
            value = () if many else None
        else:
            value = tuple(self._one(ctx, v) for v in value) if many else self._one(ctx, value)
        return value if param.callback is None else param.callback(ctx, param, value)

    def _one(self, ctx: Any, value: Any) -> Any:
        param = self._param
        try:
            found = self._convert(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not a whole number", ctx, param) from None
        low, high = getattr(param, "min", None), getattr(param, "max", None)
        if (low is not None and found < low) or (high is not None and found > high):
            allowed = f"{low} or more" if high is None else f"{low} to {high}"
            raise typer.BadParameter(f"{value} is outside of {allowed}", ctx, param)
        return found


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    str(str): str,
    str(int): int,
    str(bool): bool,
    str(list[str]): str,
    str(list[int]): int,
}
