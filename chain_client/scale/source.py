"""Generate one Python function: lines of source, and the objects that they mention.

Owns the mechanics of code generation (names, indentation, compiling). Knows no SCALE: codecs
write their own lines into a :class:`Source`, and the ones they contain write theirs in place or
are called, whichever keeps the function small.

In generated code ``d`` is the input, ``o`` the offset, ``out`` the output; the current nesting
allowance is :attr:`Source.allowance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Codec

# A codec is written in place of a call while the function stays below these.
_INLINE_DEPTH = 10
_INLINE_LINES = 160


class Malformed(Exception):
    """Input does not fit. Generated code raises this; the slow path explains it."""


def count_atoms(letters: str) -> int:
    """How many Python values a struct format of this codec family unpacks to."""
    return sum(not letter.isdigit() for letter in letters)


class Source:
    """The body of one generated function under construction."""

    def __init__(self, header: str) -> None:
        self.lines = [f"def {header}:"]
        self.allowance = "n"
        self._depth = 1
        self._count = 0
        self._bound: dict[str, Any] = {"Malformed": Malformed}
        self._names: dict[int, str] = {}
        self._stack: list[Codec[Any]] = []

    def line(self, text: str) -> None:
        """Add one line at the current indentation."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Indent what is written inside under ``header``."""
        self.line(header)
        self._depth += 1
        yield
        self._depth -= 1

    def fail_if(self, condition: str) -> None:
        """Give up on the fast path when ``condition`` holds."""
        self.line(f"if {condition}: raise Malformed")

    def temp(self) -> str:
        """A fresh local name."""
        self._count += 1
        return f"v{self._count}"

    def temps(self, count: int) -> list[str]:
        """Several fresh local names."""
        return [self.temp() for _ in range(count)]

    def bind(self, value: object) -> str:
        """A name for an object that the generated code refers to."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"k{len(self._names)}"
            self._bound[name] = value
        return name

    def bind_struct(self, letters: str, method: str) -> str:
        """A name for one bound method of ``struct.Struct`` for little-endian ``letters``."""
        key = f"{method}_{letters}"
        self._bound.setdefault(key, getattr(Struct("<" + letters), method))
        return key

    def read(self, codec: Codec[Any], *, nested: bool = False) -> str:
        """Read a value of ``codec`` at the offset; returns the expression that holds it.

        ``nested`` marks a heap indirection (a Box), which costs one level of the allowance.
        """
        target = self.temp()
        if not nested and self._inlines(codec):
            self._stack.append(codec)
            codec._emit_read(self, target)
            self._stack.pop()
            return target
        allowance = self.allowance
        if nested:
            self.fail_if(f"{allowance} < 1")
            allowance += " - 1"
        self.line(f"{target}, o = {self.bind(codec)}._reader(d, o, {allowance})")
        return target

    def write(self, codec: Codec[Any], value: str) -> None:
        """Write the value held by the local name ``value``."""
        if self._inlines(codec):
            self._stack.append(codec)
            codec._emit_write(self, value)
            self._stack.pop()
        else:
            self.line(f"{self.bind(codec)}._writer({value}, out)")

    def _inlines(self, codec: Codec[Any]) -> bool:
        if not codec._inline or codec in self._stack:
            return False
        return not self._stack or (
            len(self._stack) < _INLINE_DEPTH and len(self.lines) < _INLINE_LINES
        )

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """What is written inside lies one heap level deeper (the elements of a Vec)."""
        outer = self.allowance
        self.fail_if(f"{outer} < 1")
        self.allowance = self.temp()
        self.line(f"{self.allowance} = {outer} - 1")
        yield
        self.allowance = outer

    def build(self, label: str) -> Callable[..., Any]:
        """Compile the lines; the function carries its own text as ``__source__`` for debugging."""
        text = "\n".join(self.lines) + "\n"
        exec(compile(text, f"<scale {label}>", "exec"), self._bound)
        function: Callable[..., Any] = self._bound[text[4 : text.index("(")]]
        function.__source__ = text  # type: ignore[attr-defined]
        return function
