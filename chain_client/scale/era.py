"""Mortality of a transaction: immortal, or valid for a power-of-two period of blocks.

The encoding is the one of ``sp_runtime::generic::Era``: a zero byte, or two bytes that hold the
logarithm of the period and the quantised phase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .base import Codec
from .products import Field

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription


class Era(NamedTuple):
    """How long a signature holds: ``period`` blocks from ``phase``; a period of 0 is for ever.

    >>> Era.mortal(64, current=100)
    Era(period=64, phase=36)
    >>> Era.mortal(64, current=100).birth(130)
    100
    """

    period: int = 0
    phase: int = 0

    @classmethod
    def immortal(cls) -> Era:
        """An era without end."""
        return cls()

    @classmethod
    def mortal(cls, period: int, *, current: int) -> Era:
        """An era of at least ``period`` blocks (rounded up to 4, 8, ... 65536) from ``current``."""
        period = min(max(4, 1 << max(period - 1, 1).bit_length()), 1 << 16)
        quantum = max(period >> 12, 1)
        return cls(period, current % period // quantum * quantum)

    @property
    def is_immortal(self) -> bool:
        """Whether there is no end."""
        return self.period == 0

    def birth(self, current: int) -> int:
        """The block at which the era that contains ``current`` began."""
        if self.is_immortal:
            return 0
        return (max(current, self.phase) - self.phase) // self.period * self.period + self.phase

    def death(self, current: int) -> int | None:
        """The first block at which it no longer holds; None for ever."""
        return None if self.is_immortal else self.birth(current) + self.period

    def to_json(self) -> Any:
        """ "Immortal", or the period and phase by name."""
        if self.is_immortal:
            return "Immortal"
        return {"Mortal": {"period": self.period, "phase": self.phase}}


class EraCodec(Codec[Era]):
    """Era in one or two bytes; also given as "Immortal" or by period and phase (or current)."""

    name = "Era"
    min_size = 1
    path = "sp_runtime::generic::era::Era"

    def default(self) -> Era:
        return Era()

    def _reader(self, data: bytes, offset: int, n: int) -> tuple[Era, int]:
        first = data[offset]
        if first == 0:
            return Era(), offset + 1
        raw = first | data[offset + 1] << 8
        period = 2 << (raw & 15)
        phase = (raw >> 4) * max(period >> 12, 1)
        if period < 4 or phase >= period:
            raise ValueError(f"period {period} and phase {phase} make no era")
        return Era(period, phase), offset + 2

    def _writer(self, value: Era, out: bytearray) -> None:
        era = self._era(value)
        if era.is_immortal:
            out.append(0)
            return
        period, phase = era
        quantum = max(period >> 12, 1)
        if period.bit_count() != 1 or not 4 <= period <= 1 << 16 or not 0 <= phase < period:
            raise self._misfit(value, ())
        raw = min(15, max(1, period.bit_length() - 2)) | phase // quantum << 4
        out += raw.to_bytes(2, "little")

    def _era(self, value: Any) -> Era:
        if isinstance(value, Era):
            return value
        if value in ("Immortal", "00", "0x00"):
            return Era()
        if type(value) in (tuple, list) and len(value) == 2:
            return Era(*value)
        if isinstance(value, dict) and "Mortal" in value:
            value = value["Mortal"]
        if isinstance(value, dict) and "period" in value:
            if "current" in value:
                return Era.mortal(value["period"], current=value["current"])
            return Era(value["period"], value["phase"])
        raise self._misfit(value, ())

    def to_json(self, value: Any) -> Any:
        return value.to_json()

    def _expected(self) -> str:
        return "an Era (immortal, or a period of 4 to 65536 blocks and its phase)"

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        from .names import u8_codec

        mortal = [(f"Mortal{i}", i, [Field(None, u8_codec)], ()) for i in range(1, 256)]
        return builder.variant(
            path=self.path, params={}, variants=[("Immortal", 0, [], ()), *mortal]
        )


Era.__codec__ = EraCodec()  # type: ignore[attr-defined]
