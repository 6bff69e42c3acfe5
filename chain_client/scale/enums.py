"""Enums: one byte that says which variant, then that variant's fields.

Owns :class:`EnumCodec`, common ground of declared and dynamic enums, whose variants differ only in
the shape of their product. Also the ready-made outer enum of a runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from taokit.chain_client.errors import InvalidType

from .base import Codec, Path
from .products import Field, Product
from .source import Source

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription


class VariantSpec(NamedTuple):
    """One variant: its byte, its name on the chain, the codec of its fields."""

    index: int  # type: ignore[assignment]  # hides tuple.index
    name: str
    product: Product
    docs: tuple[str, ...] = ()


class EnumCodec(Codec[Any]):
    """Reads by table of indices; ``variants`` may be a function, called on first use."""

    # Of the variants' fields nothing is asked here: an outer enum reaches every type there is.
    min_size = 1
    _inline = True

    def __init__(
        self,
        name: str,
        variants: Sequence[VariantSpec] | Callable[[], Sequence[VariantSpec]],
        *,
        path: str = "",
        params: dict[str, Codec[Any] | None] | None = None,
        docs: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.path = path
        self.params = params or {}
        self.docs = docs
        self._given = variants

    @property
    def variants(self) -> tuple[VariantSpec, ...]:
        """The variants as declared."""
        found: tuple[VariantSpec, ...] | None = self.__dict__.get("_variants")
        if found is None:
            given = self._given
            found = self.__dict__["_variants"] = tuple(given() if callable(given) else given)
        return found

    @property
    def by_index(self) -> dict[int, VariantSpec]:
        """The variants by their byte."""
        found: dict[int, VariantSpec] | None = self.__dict__.get("_by_index")
        if found is None:
            found = self.__dict__["_by_index"] = {v.index: v for v in self.variants}
        return found

    @property
    def by_name(self) -> dict[str, VariantSpec]:
        """The variants by their name on the chain."""
        found: dict[str, VariantSpec] | None = self.__dict__.get("_by_name")
        if found is None:
            found = self.__dict__["_by_name"] = {v.name: v for v in self.variants}
        return found

    @property
    def unit_only(self) -> bool:
        """Whether no variant has fields."""
        return all(v.product.is_empty for v in self.variants)

    @property
    def fixed_size(self) -> int | None:  # type: ignore[override]
        return 1 if self.unit_only else None

    @property
    def _atoms(self) -> str | None:  # type: ignore[override]
        return "B" if self.unit_only and self.variants else None

    @property
    def _hashable(self) -> bool:  # type: ignore[override]
        return self.unit_only

    # --- what values look like: for subclasses ----------------------------------------------

    def _unit(self, spec: VariantSpec) -> Any:
        """The value of a variant without fields."""
        raise NotImplementedError

    def _pick(self, value: Any) -> tuple[VariantSpec, Any] | None:
        """The variant that a value in any accepted form names, and what its product takes."""
        raise NotImplementedError

    def _emit_pick(self, s: Source, value: str) -> tuple[str, str]:
        """Lines that find the variant; the names of its (index, product) and of its value."""
        raise NotImplementedError

    # ----------------------------------------------------------------------------------------

    def default(self) -> Any:
        if not self.variants:
            raise InvalidType(f"{self.name} has no values")
        spec = self.variants[0]
        return spec.product.default() if not spec.product.is_empty else self._unit(spec)

    def _units(self) -> dict[int, Any]:
        return {v.index: self._unit(v) for v in self.variants if v.product.is_empty}

    def _from_atoms(self, s: Source, names: Iterator[str]) -> str:
        return f"{s.bind(self._units())}[{next(names)}]"

    def _to_atoms(self, s: Source, value: str) -> list[str]:
        return [f"{s.bind({u: i for i, u in self._units().items()})}[{value}]"]

    def _emit_read(self, s: Source, target: str) -> None:
        tag = s.temp()
        s.line(f"{tag} = d[o]")
        s.line("o += 1")
        if self.unit_only:
            s.line(f"{target} = {self._from_atoms(s, iter([tag]))}")
            return
        products = {v.index: v.product for v in self.variants if not v.product.is_empty}
        units = self._units()
        call = f"{target}, o = {s.bind(products)}[{tag}]._reader(d, o, {s.allowance})"
        if not units:
            s.line(call)
            return
        with s.block(f"if {tag} in {s.bind(units)}:"):
            s.line(f"{target} = {s.bind(units)}[{tag}]")
        with s.block("else:"):
            s.line(call)

    def _emit_write(self, s: Source, value: str) -> None:
        if self.unit_only:
            s.line(f"out.append({self._to_atoms(s, value)[0]})")
            return
        picked, inner = self._emit_pick(s, value)
        s.line(f"out.append({picked}[0])")
        s.line(f"{picked}[1]._writer({inner}, out)")

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        if o >= len(d):
            raise self._bad(d, o, path, "the input ends before the variant's index")
        spec = self.by_index.get(d[o])
        if spec is None:
            raise self._bad(d, o, path, f"no variant has index {d[o]}")
        return spec.product._locate(d, o + 1, n, (*path, spec.name))

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        picked = self._pick(value)
        if picked is None:
            raise self._misfit(value, path, self._suggestion(value))
        spec, inner = picked
        out.append(spec.index)
        spec.product._write_any(inner, out, (*path, spec.name))

    def _suggestion(self, value: Any) -> str | None:
        name = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else value
        if not isinstance(name, str):
            return None
        return nearest(name, self.by_name)

    def _expected(self) -> str:
        names = [spec.name for spec in self.variants]
        shown = ", ".join(names[:6]) + (f", ... ({len(names)} in all)" if len(names) > 6 else "")
        return f"a variant of {self.name} ({shown})"

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.variant(
            path=self.path or self.name,
            params=self.params,
            variants=[(v.name, v.index, v.product.fields, v.docs) for v in self.variants],
            docs=self.docs,
        )


def nearest(name: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else None


class OuterEnum(Codec[Any]):
    """An enum of a runtime over its pallets: RuntimeCall, RuntimeEvent, RuntimeError.

    ``members`` gives (name, index, codec) of each pallet's own enum, and is asked on first use, so
    that a call may contain calls. A value is ``(pallet name, value)``: ``("Balances",
    Call.transfer(...))``.
    """

    min_size = 2

    def __init__(
        self, name: str, members: Callable[[], Sequence[tuple[str, int, Codec[Any]]]], *, path: str
    ) -> None:
        self.name = name
        self.path = path
        self._given = members
        self._tables: tuple[dict[int, tuple[str, Codec[Any]]], dict[str, tuple[int, Codec[Any]]]]

    def _members(
        self,
    ) -> tuple[dict[int, tuple[str, Codec[Any]]], dict[str, tuple[int, Codec[Any]]]]:
        if "_tables" not in self.__dict__:
            members = list(self._given())
            self._tables = (
                {index: (name, inner) for name, index, inner in members},
                {name: (index, inner) for name, index, inner in members},
            )
        return self._tables

    def default(self) -> Any:
        name, (_, inner) = next(iter(self._members()[1].items()))
        return name, inner.default()

    def _reader(self, d: bytes, o: int, n: int) -> Any:
        name, inner = self._members()[0][d[o]]
        value, end = inner._reader(d, o + 1, n)
        return (name, value), end

    def _writer(self, value: Any, out: bytearray) -> None:
        name, inner_value = value
        index, inner = self._members()[1][name]
        out.append(index)
        inner._writer(inner_value, out)

    def _locate(self, d: bytes, o: int, n: int, path: Path) -> int:
        if o >= len(d):
            raise self._bad(d, o, path, "the input ends before the variant's index")
        if d[o] not in self._members()[0]:
            raise self._bad(d, o, path, f"no variant has index {d[o]}")
        name, inner = self._members()[0][d[o]]
        return inner._locate(d, o + 1, n, (*path, name))

    def _write_any(self, value: Any, out: bytearray, path: Path) -> None:
        if isinstance(value, dict) and len(value) == 1:
            ((name, inner_value),) = value.items()
        elif isinstance(value, tuple) and len(value) == 2:
            name, inner_value = value
        else:
            raise self._misfit(value, path)
        if not isinstance(name, str) or name not in self._members()[1]:
            raise self._misfit(value, path, nearest(str(name), self._members()[1]))
        index, inner = self._members()[1][name]
        out.append(index)
        inner._write_any(inner_value, out, (*path, name))

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.variant(
            path=self.path,
            params={},
            variants=[
                (name, index, [Field(None, inner)], ())
                for name, (index, inner) in self._members()[1].items()
            ],
        )
