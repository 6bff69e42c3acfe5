"""`GenesisBuilder`: genesis configurations as JSON.

A runtime call leaves no trace, so building a genesis state comes to checking its configuration.
"""

from __future__ import annotations

import json as json_text
from typing import Any

from taokit.chain_client.scale import Bytes, Err, Ok, Option, Result, Text, Unit, Vec
from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.runtime import RuntimeBase
from taokit.local_chain.pallets.aura import Aura
from taokit.local_chain.pallets.balances import EXISTENTIAL_DEPOSIT
from taokit.local_chain.pallets.grandpa import Grandpa

DEFAULT: dict[str, dict[str, Any]] = {
    "system": {},
    "aura": {"authorities": []},
    "grandpa": {"authorities": []},
    "balances": {"balances": [], "devAccounts": None},
    "transactionPayment": {"multiplier": "1000000000000000000"},
    "subtensorModule": {"stakes": [], "balancesIssuance": 0, "startCallDelay": None},
    "sudo": {"key": None},
    "safeMode": {"enteredUntil": None},
    "evmChainId": {"chainId": 0},
    "limitOrders": {},
}
"""The configuration of an empty genesis; the sections of pallets that are left out are left out."""
_ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
_BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
BENCHMARK: dict[str, dict[str, Any]] = {
    "aura": {"authorities": [_ALICE]},
    "balances": {"balances": [[_ALICE, 1_000_000_000_000_000], [_BOB, 1_000_000_000_000_000]]},
    "grandpa": {"authorities": [["5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu", 1]]},
    "sudo": {"key": _ALICE},
    "subtensorModule": {"balancesIssuance": 0, "stakes": []},
}


class GenesisApis(RuntimeBase):
    """Genesis configurations."""

    aura: Aura
    grandpa: Grandpa

    @runtime_api("GenesisBuilder")
    def build_state(self, json: Bytes) -> Result[Unit, Text]:
        """Check a whole genesis configuration; what it would write is dropped with the call."""
        try:
            given = json_text.loads(json)
        except ValueError as malformed:
            return Err(f"Invalid JSON blob: {malformed}")
        wrong = _wrong(given)
        if wrong is not None:
            return Err(f"Invalid JSON blob: {wrong}")
        for section, pallet in (("aura", self.aura), ("grandpa", self.grandpa)):
            if given[section]["authorities"] and pallet.authorities.get():
                raise ExecutionFailed("Authorities are already initialized!")
        owned = [rao for _, rao in given["balances"]["balances"]]
        if any(rao < EXISTENTIAL_DEPOSIT for rao in owned):
            raise ExecutionFailed("a balance is below the existential deposit")
        return Ok(())

    @runtime_api("GenesisBuilder")
    def get_preset(self, id: Option[Text]) -> Option[Bytes]:
        """The default configuration, whole, or a named one as a patch of it."""
        if id is None:
            return json_text.dumps(DEFAULT, separators=(",", ":")).encode()
        if id != "benchmark":
            return None
        return json_text.dumps(BENCHMARK, indent=2).replace("\n", "\n    ").encode()

    @runtime_api("GenesisBuilder")
    def preset_names(self) -> Vec[Text]:
        """The one named configuration."""
        return ["benchmark"]


def _wrong(given: Any) -> str | None:
    """What of a configuration's shape is wrong; None if nothing is."""
    if not isinstance(given, dict):
        return "expected struct RuntimeGenesisConfig"
    return _fields(given, DEFAULT) or next(
        filter(None, (_fields(given[section], fields) for section, fields in DEFAULT.items())), None
    )


def _fields(given: Any, expected: dict[str, Any]) -> str | None:
    if not isinstance(given, dict):
        return "expected a map"
    for name in given:
        if name not in expected:
            return f"unknown field `{name}`"
    for name, default in expected.items():
        if name not in given and default is not None:
            return f"missing field `{name}`"
        if isinstance(default, list) and not isinstance(given[name], list):
            return f"`{name}` is not a list"
    return None
