"""Several places at once: what `stake add` and `stake remove` do for many hotkeys or subnets.

Owns the options that name many places, and turning them into one transaction that does all of it
or nothing. Does not own what is done in one place: those are operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from taokit.cli.addresses import resolve_hotkey
from taokit.cli.errors import UsageError

if TYPE_CHECKING:
    from taokit.chain_client.operations import Entry, Operation
    from taokit.cli.context import Run

__all__ = ["MOST_PLACES", "Spread", "Spreading", "all_netuids", "spread_of", "together"]

MOST_PLACES = 256
"""Places in one transaction."""

_AllNetuids = Annotated[
    bool, typer.Option("--all-netuids/--no-all-netuids", help="In every subnet.")
]
_AllHotkeys = Annotated[
    bool, typer.Option("--all-hotkeys/--no-all-hotkeys", help="With every hotkey of the wallet.")
]
_Include = Annotated[
    str | None,
    typer.Option("--include-hotkeys", "-in", metavar="HOTKEY,HOTKEY", help="With these hotkeys."),
]
_Exclude = Annotated[
    str | None,
    typer.Option("--exclude-hotkeys", "-ex", metavar="HOTKEY,HOTKEY", help="But not with these."),
]
_AllAlpha = Annotated[
    bool,
    typer.Option("--all-alpha", "--unstake-all-alpha", help="All alpha, into subnet 0 instead."),
]


class Spreading(Protocol):
    """How a command goes to many places."""

    @property
    def options(self) -> dict[str, tuple[Any, Any]]:
        """The options, by name, with annotation and default."""

    def first(self, run: Run, given: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The values for the first place: what one operation of the command is made of."""

    def operation(
        self, run: Run, entry: Entry, given: dict[str, Any], values: Mapping[str, Any]
    ) -> Operation | None:
        """The operation that goes to all the places; None where there is only the one."""


@dataclass(frozen=True)
class Spread:
    """How one command goes to many places. ``taking`` says that stake is taken from them."""

    taking: bool

    @property
    def options(self) -> dict[str, tuple[Any, Any]]:
        """The options, by name, with annotation and default."""
        found: dict[str, tuple[Any, Any]] = {
            "all_netuids": (_AllNetuids, False),
            "all_hotkeys": (_AllHotkeys, False),
            "include_hotkeys": (_Include, None),
            "exclude_hotkeys": (_Exclude, None),
        }
        return {**found, "all_alpha": (_AllAlpha, False)} if self.taking else found

    def first(self, run: Run, given: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The values for the first place: what one operation of the command is made of."""
        found = dict(given)
        everywhere = self.taking and values.get("all") and "netuid" not in given
        if everywhere or values.get("all_alpha") or values.get("all_netuids"):
            if "netuid" in given:
                raise UsageError("--netuid and all subnets exclude each other")
            found["netuid"] = "0"
        elif "netuid" in given:
            found["netuid"] = str(given["netuid"]).split(",")[0].strip()
        if "hotkey" not in given and self._many_hotkeys(values):
            found["hotkey"] = self._hotkeys(run, values)[0]
        if values.get("all_alpha"):
            found.setdefault("amount", "1")
        return found

    def operation(
        self, run: Run, entry: Entry, given: dict[str, Any], values: Mapping[str, Any]
    ) -> Operation | None:
        """The operation that goes to all the places; None where there is only the one."""
        hotkeys = self._hotkeys(run, values) if self._many_hotkeys(values) else [given["hotkey"]]
        if (everything := self._everything(run, values, hotkeys)) is not None:
            return together(everything)
        netuids = self._netuids(run, values, hotkeys)
        places = [
            (hotkey, netuid) for hotkey in hotkeys for netuid in (netuids or [given["netuid"]])
        ]
        if self.taking and (values.get("all_netuids") or values.get("all_hotkeys")):
            staked = self._staked(run)
            places = [place for place in places if (place[0], int(place[1])) in staked]
            if not places:
                raise UsageError("nothing is staked in any of these places")
        if len(places) == 1 and not netuids and not self._many_hotkeys(values):
            return None
        if len(places) > MOST_PLACES:
            raise UsageError(f"{len(places)} places at once, and {MOST_PLACES} are the most")
        return together(
            [entry.build({**given, "hotkey": key, "netuid": netuid}) for key, netuid in places]
        )

    def _everything(
        self, run: Run, values: Mapping[str, Any], hotkeys: list[str]
    ) -> list[Operation] | None:
        from taokit.chain_client.operations import get_operation

        if values.get("all_alpha"):
            entry = get_operation("stake.unstake-all-alpha")
        elif self.taking and values.get("all") and not values.get("netuid"):
            entry = get_operation("stake.unstake-all")
        else:
            return None
        return [entry.build({"hotkey": hotkey}) for hotkey in hotkeys]

    def _netuids(self, run: Run, values: Mapping[str, Any], hotkeys: list[str]) -> list[str]:
        text = values.get("netuid")
        if values.get("all_netuids"):
            if self.taking:
                return sorted({str(at) for key, at in self._staked(run) if key in hotkeys})
            return [str(netuid) for netuid in run.ask(all_netuids, "reading the subnets")]
        parts = [part.strip() for part in str(text or "").split(",") if part.strip()]
        return parts if len(parts) > 1 else []

    @staticmethod
    def _many_hotkeys(values: Mapping[str, Any]) -> bool:
        return bool(values.get("all_hotkeys") or values.get("include_hotkeys"))

    def _hotkeys(self, run: Run, values: Mapping[str, Any]) -> list[str]:
        from taokit.cli import wallets

        def listed(text: str | None) -> list[str]:
            parts = [part.strip() for part in (text or "").split(",") if part.strip()]
            return [resolve_hotkey(run, part) for part in parts]

        found = listed(values.get("include_hotkeys"))
        if values.get("all_hotkeys"):
            if self.taking:
                found += [key for key, _ in self._staked(run)]
            else:
                wallet = wallets.named(run, None)
                found += [
                    key
                    for key, name in wallets.own_hotkeys(run).items()
                    if name.partition("/")[0] == wallet
                ]
        excluded = listed(values.get("exclude_hotkeys"))
        kept = [key for key in dict.fromkeys(found) if key not in excluded]
        if not kept:
            raise UsageError("no hotkey is left", hint="see them: `taokit wallet list`")
        return kept

    @staticmethod
    def _staked(run: Run) -> list[tuple[str, int]]:
        from taokit.chain_client.reads.stake import stake
        from taokit.cli.addresses import resolve

        owner = resolve(run, str(run.settings["wallet.name"]))
        positions = run.ask(lambda chain: stake(chain, owner), "reading the stake")
        return [(at.hotkey, at.netuid) for at in positions if at.stake.rao]


def spread_of(name: str) -> Spreading | None:
    """How the command of an operation goes to many places, if it does."""
    if name in ("stake.add", "stake.remove"):
        return Spread(taking=name == "stake.remove")
    if name.startswith("stake.child.") and name != "stake.child.auto":
        from taokit.cli.child_subnets import ChildSubnets

        return ChildSubnets(where_children_are=name == "stake.child.revoke")
    return None


def together(operations: list[Operation]) -> Operation:
    """All of them in one transaction."""
    if len(operations) == 1:
        return operations[0]
    from taokit.chain_client.operations.wrappers import BatchAll

    return BatchAll(tuple(operations))


async def all_netuids(chain: Any) -> list[int]:
    """The numbers of all subnets."""
    found = await chain.query_map("SubtensorModule", "NetworksAdded")
    return sorted(netuid for netuid, there in found if there)
