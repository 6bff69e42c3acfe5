"""Hyperparameters: every setting of a subnet and of the chain that a call can change.

Owns the one table that ``sudo set``, ``sudo get``, ``subnets hyperparameters`` and their help are
made from: name, call, who may set it, unit, range, and what it does in one sentence. Does not own
the operation that sets one (``operations.hyperparameters``).

    >>> from taokit.chain_client.hyperparameters import find_setting
    >>> find_setting("kappa").parse("50%")
    32767
    >>> find_setting("min_burn").bounds
    'up to \N{GREEK SMALL LETTER TAU}0.999999999'
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.hyperparameters.chain_settings import CHAIN_SETTINGS
from taokit.chain_client.hyperparameters.owner_settings import OWNER_SETTINGS
from taokit.chain_client.hyperparameters.root_settings import ROOT_SETTINGS
from taokit.chain_client.hyperparameters.setting import Limit, Range, Setting, Who

__all__ = ["SETTINGS", "Limit", "Range", "Setting", "Who", "find_setting"]

SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {setting.name: setting for setting in (*OWNER_SETTINGS, *ROOT_SETTINGS, *CHAIN_SETTINGS)}
)
"""Every setting by name: what owners may set first, then root's of a subnet, then the chain's."""


def find_setting(name: str) -> Setting:
    """The setting of a name, also of btcli's and of the runtime's name for it.

    Raises :class:`InvalidArgument` with the nearest names.
    """
    wanted = name.strip().lower().replace("-", "_").removeprefix("sudo_set_")
    found = SETTINGS.get(wanted)
    if found is not None:
        return found
    for setting in SETTINGS.values():
        called = setting.call.rpartition(".")[2].removeprefix("sudo_set_")
        if wanted in (*setting.also, setting.reported, called):
            return setting
    from difflib import get_close_matches

    near = get_close_matches(wanted, SETTINGS, n=3)
    why = f"did you mean {' or '.join(near)}?" if near else "`taokit sudo get` lists them"
    raise InvalidArgument("param", name, why)
