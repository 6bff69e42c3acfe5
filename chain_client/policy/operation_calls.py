"""Which calls of the runtime each operation makes, so that a rule on operations holds inside
batches and proxies too, where only calls are seen.

Owns finding out: each operation is built from sample values, once plainly and once with each
optional field, and asked for its call. What an operation makes of the chain's state alone is not
found this way; a policy then names the call (``SubtensorModule.commit_weights``).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from taokit.chain_client.operations import Entry, all_operations
from taokit.chain_client.parameters import Parameter
from taokit.wallet.errors import TaokitError

__all__ = ["calls_by_operation", "matches", "operations_making"]

_ADDRESS: Final = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
_SAMPLES: Final[Mapping[str, Any]] = {
    "account": _ADDRESS,
    "accounts": [_ADDRESS],
    "alpha": 1,
    "block": 1,
    "boolean": True,
    "coldkey": _ADDRESS,
    "fraction": "5%",
    "hotkey": _ADDRESS,
    "integer": 1,
    "integers": [1],
    "netuid": 1,
    "price": 1,
    "tao": 1,
    "text": "1",
    "uid": 1,
    "uids": [1],
    "value": 1,
    "weights": [1],
}


@functools.lru_cache(maxsize=1)
def calls_by_operation() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Pallet and name of the calls that each operation makes."""
    return {name: frozenset(_calls(entry)) for name, entry in all_operations().items()}


def operations_making(pallet: str, name: str) -> list[str]:
    """The operations that make a call."""
    return [op for op, calls in calls_by_operation().items() if (pallet, name) in calls]


def matches(pattern: str, pallet: str, name: str) -> bool:
    """Whether a pattern of a policy (``stake.*``, ``Balances.transfer_*``) means this call."""
    if fnmatchcase(f"{pallet}.{name}", pattern):
        return True
    return any(fnmatchcase(operation, pattern) for operation in operations_making(pallet, name))


def _calls(entry: Entry) -> Iterator[tuple[str, str]]:
    required = {p.name: _sample(p) for p in entry.parameters if p.required}
    optional = [p for p in entry.parameters if not p.required]
    for chosen in [None, *optional]:
        values = dict(required) if chosen is None else {**required, chosen.name: _sample(chosen)}
        try:
            call = entry.build(values).call()
        except (TaokitError, NotImplementedError, TypeError, ValueError):
            continue  # these values do not go together, or the chain is needed
        yield call.pallet, call.name


def _sample(parameter: Parameter) -> Any:
    return _SAMPLES.get(parameter.kind, "1")
