"""What the arguments of calls are: subnets, hotkeys, and accounts that something goes to.

Owns the roles, by the names that the runtime gives its arguments. A test holds this list against
every call of the recorded runtime; an argument of an account that is in no list (of a newer
runtime, or inside a larger value) is not understood, and a rule on accounts then refuses the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from taokit.chain_client.policy.inside import Seen

__all__ = [
    "accounts_not_understood",
    "acts_on_every_subnet",
    "destinations",
    "hotkeys",
    "netuids",
]

_NETUIDS: Final = frozenset({"netuid", "origin_netuid", "destination_netuid", "netuids", "subnets"})
_HOTKEYS: Final = frozenset(
    {"hotkey", "new_hotkey", "origin_hotkey", "destination_hotkey", "children", "delegate_hotkey"}
)
_DESTINATIONS: Final = frozenset(
    {"dest", "destination_coldkey", "new_coldkey", "target_address", "new", "beneficiary"}
)
_DESTINATION_OF: Final = frozenset(
    {
        ("Proxy", "add_proxy", "delegate"),
        ("SubtensorModule", "register", "coldkey"),
        ("Balances", "force_set_balance", "who"),
    }
)
_PLAIN: Final = frozenset(
    {
        "account",
        "coldkey",
        "delegate",
        "old_coldkey",
        "other_signatories",
        "real",
        "source",
        "spawner",
        "who",
    }
)
"""Accounts that nothing goes to: the signer's own, the other members of a multisig, ..."""

_EVERY_SUBNET: Final = frozenset(
    {
        ("SubtensorModule", "unstake_all"),
        ("SubtensorModule", "unstake_all_alpha"),
        ("SubtensorModule", "swap_coldkey"),
        ("SubtensorModule", "swap_coldkey_announced"),
        ("SubtensorModule", "schedule_swap_coldkey"),
    }
)


def netuids(seen: Seen) -> Iterator[int]:
    """The subnets that a call names."""
    for name in _NETUIDS & set(seen.args):
        value = seen.args[name]
        for item in value if isinstance(value, (list, tuple, set, frozenset)) else [value]:
            if item is not None:
                yield int(item)


def acts_on_every_subnet(seen: Seen) -> bool:
    """Whether it acts on subnets that it does not name."""
    absent = "netuid" in seen.args and seen.args["netuid"] is None
    return absent or seen.where in _EVERY_SUBNET


def hotkeys(seen: Seen) -> Iterator[str]:
    """The hotkeys that a call names."""
    for name in _HOTKEYS & set(seen.args):
        value = seen.args[name]
        if name == "children":
            yield from (str(child) for _, child in value)
        else:
            yield str(value)


def destinations(seen: Seen) -> Iterator[str]:
    """The accounts that get something, be it money or power."""
    for name, value in seen.args.items():
        if (name in _DESTINATIONS or (*seen.where, name) in _DESTINATION_OF) and value is not None:
            yield _address(value)


def accounts_not_understood(seen: Seen) -> list[str]:
    """The arguments that hold accounts in a way that no list here knows."""
    known = _HOTKEYS | _DESTINATIONS | _PLAIN
    return [name for name, kind in seen.types.items() if "AccountId" in kind and name not in known]


def _address(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1:
        ((_, value),) = value.items()
    return str(value)
