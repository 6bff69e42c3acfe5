"""What is known of one hyperparameter: its call, who may set it, unit, range, meaning.

Owns that record and making the call that sets it. Does not own the records themselves (the three
tables beside it) nor asking the chain (``checks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidAmount, InvalidArgument
from taokit.chain_client.hyperparameters.units import UNITS, Unit
from taokit.chain_client.money import Tao
from taokit.wallet.errors import InvalidAddress

__all__ = ["Limit", "Range", "Setting", "Who"]

Who = Literal["owner", "root"]
"""The subnet's owner (root may too), or root alone."""


@dataclass(frozen=True)
class Range:
    """The values that the chain takes, in its own numbers, and its errors beyond them."""

    least: Any = None
    most: Any = None
    too_low: str = "AdminUtils.InvalidValue"
    too_high: str = ""

    def error_for(self, value: Any) -> str | None:
        """The chain's name for refusing ``value``; ``None`` where it is in range."""
        if self.least is not None and value < self.least:
            return self.too_low
        if self.most is not None and value > self.most:
            return self.too_high or self.too_low
        return None


@dataclass(frozen=True)
class Limit:
    """How often an owner may change it: a key of the runtime's rate limits."""

    kind: Literal["hyperparameter", "transaction", "owner hotkey"]
    name: str = ""
    """Of the hyperparameter in ``LastRateLimitedBlock``."""
    number: int = 0
    """Of the transaction in ``TransactionKeyLastBlock``."""


@dataclass(frozen=True)
class Setting:
    """One hyperparameter."""

    name: str
    call: str
    """Of ``AdminUtils``, or with its pallet."""
    unit_name: str
    does: str
    """One sentence."""
    who: Who = "owner"
    argument: str = ""
    item: str = ""
    """Where it is stored, in ``SubtensorModule`` unless the pallet is named; empty: nowhere."""
    on_subnet: bool = True
    range: Range = Range()
    owner_range: Range = Range()
    """What an owner is held to beyond that; root is not."""
    freezes: bool = True
    """Whether it waits while parameters are frozen, before an epoch."""
    limit: Limit | None = None
    also: tuple[str, ...] = ()
    """Further names, such as btcli's."""
    reported: str = ""
    """Its name in the chain's own list, where that differs."""
    root_call: str = ""
    """What root calls, where that is another call than the owner's."""
    off_call: str = ""
    """What turns it off, where turning it on is ``call``."""
    gone: str = ""
    """The chain's error, where it always refuses."""
    fraction_bits: int = 0
    """Of a fixed-point argument; 0 for a whole number."""
    stored_bits: int = 0
    """Of a fixed-point number that storage holds for a whole one."""

    @property
    def unit(self) -> Unit:
        """Its unit."""
        return UNITS[self.unit_name]

    @property
    def set_by(self) -> str:
        """Who may set it: "owner" (root may too), "root", or "nobody"."""
        return "nobody" if self.gone else self.who

    def parse(self, value: Any, *, normalized: bool = False) -> Any:
        """The value in the chain's number. Raises :class:`InvalidArgument`."""
        try:
            parsed = self.unit.parse(value, normalized)
        except InvalidAmount as error:
            raise InvalidArgument(self.name, value, error.hint or error.message) from error
        except (ValueError, TypeError, InvalidAddress) as error:
            why = f"{error} ({self.name} is {self.unit.what})"
            raise InvalidArgument(self.name, value, why) from error
        return parsed

    def shown(self, value: Any) -> str:
        """A value of the chain with its unit."""
        return self.unit.show(value)

    def decoded(self, stored: Any) -> Any:
        """What storage holds as the value that :meth:`parse` gives."""
        if self.fraction_bits:
            return Fraction(stored["bits"], 1 << self.fraction_bits)
        if self.stored_bits:
            stored = stored["bits"] >> self.stored_bits
        if self.unit_name == "TAO":
            return Tao(stored)
        if self.unit_name == "account":
            return None if stored is None else str(stored)
        return stored

    def compose(self, netuid: int | None, value: Any, *, as_root: bool) -> Call:
        """The call that sets it; root's is not yet within ``Sudo.sudo``."""
        name = self.root_call if as_root and self.root_call else self.call
        args: dict[str, Any] = {"netuid": netuid} if self.on_subnet else {}
        if self.off_call:
            return Call(*_split(name if value else self.off_call), args)
        args |= self._arguments(value)
        return Call(*_split(name), args)

    def _arguments(self, value: Any) -> dict[str, Any]:
        if self.unit_name == "two u16 shares":
            return {"alpha_low": value[0], "alpha_high": value[1]}
        if self.unit_name == "precompile=state":
            return {"precompile_id": value[0], "enabled": value[1]}
        argument = self.argument or self.call.rpartition(".")[2].removeprefix("sudo_set_")
        if self.fraction_bits:
            value = {"bits": int(value * (1 << self.fraction_bits))}
        return {argument: value}

    @property
    def storage(self) -> tuple[str, str]:
        """Pallet and item that hold it."""
        pallet, _, item = self.item.rpartition(".")
        return pallet or "SubtensorModule", item

    @property
    def bounds(self) -> str:
        """The range in words; empty where any value of the type will do."""
        within = self.owner_range if self.owner_range != Range() else self.range
        least, most = within.least, within.most
        if least is None and most is None:
            return ""
        if least is None:
            return f"up to {self.shown(most)}"
        if most is None:
            return f"from {self.shown(least)}"
        return f"{self.shown(least)} to {self.shown(most)}"


_DEFAULT_PALLET: Final = "AdminUtils"


def _split(name: str) -> tuple[str, str]:
    pallet, _, call = name.rpartition(".")
    return pallet or _DEFAULT_PALLET, call
