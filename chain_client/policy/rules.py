"""The rules of a policy, read from TOML and held against calls.

Owns the keys of the file and what each forbids. A rule that is not there forbids nothing; a key
that is not known makes the whole policy unreadable, since a misspelt rule would protect nobody.
Does not own finding the file, nor counting what was spent (``guard``, ``ledger``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.errors import PolicyUnreadable, PolicyViolation
from taokit.chain_client.money import Tao
from taokit.chain_client.policy import roles
from taokit.chain_client.policy.inside import Seen, seen_in
from taokit.chain_client.policy.operation_calls import matches
from taokit.wallet.errors import TaokitError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - the same module under its older name
    import tomli as tomllib

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.operations import Plan

__all__ = ["GENESIS", "Policy"]

GENESIS: Final[Mapping[str, str]] = {
    "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03": "finney",
    "0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105": "test",
}
"""Chains that are known by their first block, whatever address they are reached at."""

_ALIASES: Final = {"archive": "finney"}


@dataclass(frozen=True)
class Policy:
    """What may be signed. ``None`` stands for a rule that is not there; spending is in rao."""

    path: str
    networks: tuple[str, ...] | None = None
    operations: tuple[str, ...] | None = None
    forbidden_operations: tuple[str, ...] = ()
    netuids: frozenset[int] | None = None
    hotkeys: frozenset[str] | None = None
    destinations: frozenset[str] | None = None
    signers: frozenset[str] | None = None
    per_operation: int | None = None
    per_day: int | None = None
    by_operation: tuple[tuple[str, int], ...] = ()
    allow_shielded: bool = False

    @classmethod
    def parse(cls, text: str, *, path: str) -> Policy:
        """The policy of a TOML text. Raises :class:`PolicyUnreadable`."""
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyUnreadable(f"{path} is not TOML: {error}", path=path) from error
        values: dict[str, Any] = {}
        for key, value in found.items():
            if key == "max_spend":
                values |= _max_spend(value, path)
            elif key in _KEYS:
                try:
                    values[key] = _KEYS[key](value)
                except (ValueError, TypeError, TaokitError) as error:
                    said = getattr(error, "message", None) or str(error)
                    raise PolicyUnreadable(f"{key} in {path}: {said}", path=path) from error
            else:
                raise _unknown(key, [*_KEYS, "max_spend"], path)
        return cls(path, **values)

    @property
    def limits_spending(self) -> bool:
        """Whether what is spent has to be found out."""
        return bool(self.by_operation) or not (self.per_operation is self.per_day is None)

    async def check(self, chain: ChainClient, plan: Plan) -> None:
        """Hold a plan against the rules, but those on spending. Raises :class:`PolicyViolation`.

        Nothing is counted; a :class:`PolicyGuard` does that when something is signed.
        """
        calls = seen_in(chain.runtime, chain.encode_call(plan.call))
        self.check_calls(calls, plan.signer, chain.runtime.genesis_hash, chain.network.name)

    def check_calls(
        self, calls: Iterable[Seen], signer: str, genesis_hash: str, network: str | None
    ) -> None:
        """Hold calls against the rules, but those on spending. Raises :class:`PolicyViolation`."""
        self._check_network(genesis_hash, network)
        if self.signers is not None and signer not in self.signers:
            raise self._broken("signers", f"{signer} may not sign")
        for seen in calls:
            self._check_call(seen)

    def _check_call(self, seen: Seen) -> None:
        if seen.opaque and not (self.allow_shielded and seen.pallet == "MevShield"):
            rule = "allow_shielded" if seen.pallet == "MevShield" else "operations"
            raise self._broken(rule, f"what {seen.shown} would bring about cannot be seen")
        for pattern in self.forbidden_operations:
            if matches(pattern, *seen.where):
                raise self._broken("forbidden_operations", f"{seen.shown} is forbidden")
        if self.operations is not None and not any(
            matches(pattern, *seen.where) for pattern in self.operations
        ):
            raise self._broken("operations", f"{seen.shown} is not among the operations allowed")
        if self.netuids is not None:
            self._check_netuids(seen, self.netuids)
        if self.hotkeys is not None:
            self._check_accounts(seen, "hotkeys", self.hotkeys, roles.hotkeys(seen))
        if self.destinations is not None:
            going = roles.destinations(seen)
            self._check_accounts(seen, "destinations", self.destinations, going)
            if seen.where == ("SubtensorModule", "announce_coldkey_swap"):
                said = f"where {seen.shown} leads is hidden behind a hash"
                raise self._broken("destinations", said)

    def _check_netuids(self, seen: Seen, allowed: frozenset[int]) -> None:
        if roles.acts_on_every_subnet(seen):
            raise self._broken("netuids", f"{seen.shown} acts on every subnet")
        for netuid in roles.netuids(seen):
            if netuid not in allowed:
                raise self._broken("netuids", f"{seen.shown} is about subnet {netuid}")

    def _check_accounts(
        self, seen: Seen, rule: str, allowed: frozenset[str], named: Iterable[str]
    ) -> None:
        strange = roles.accounts_not_understood(seen)
        if strange:
            said = f"whom {', '.join(strange)} of {seen.shown} means is not known"
            raise self._broken(rule, said)
        for address in named:
            if address not in allowed:
                raise self._broken(rule, f"{seen.shown} names {address}")

    def _check_network(self, genesis_hash: str, network: str | None) -> None:
        if self.networks is None or genesis_hash in self.networks:
            return
        known = GENESIS.get(genesis_hash)
        if known is None and network in GENESIS.values():
            network = None  # it is called so, and is another chain
        if (known or network) not in self.networks:
            shown = known or network or genesis_hash
            raise self._broken("networks", f"nothing may be signed for the network {shown}")

    def spending_broken(
        self, calls: Iterable[Seen], spends: int, signer: str, so_far: int
    ) -> PolicyViolation | None:
        """The rule on spending that ``spends`` rao would break; ``so_far`` went in a day."""
        for pattern, limit in self.by_operation:
            concerned = any(matches(pattern, *seen.where) for seen in calls)
            if concerned and spends > limit:
                return self._too_much(f"max_spend.operations.{pattern}", spends, limit, "")
        if self.per_operation is not None and spends > self.per_operation:
            return self._too_much("max_spend.per_operation", spends, self.per_operation, "")
        if self.per_day is not None and spends and so_far + spends > self.per_day:
            return self._too_much(
                "max_spend.per_day", so_far + spends, self.per_day, " in 24 hours"
            )
        return None

    def _too_much(self, rule: str, spends: int, limit: int, over: str) -> PolicyViolation:
        said = f"this would spend {Tao(spends)}{over}, more than {Tao(limit)}"
        return self._broken(rule, said)

    def unknowable(self, why: str) -> PolicyViolation:
        """The refusal of what cannot be counted."""
        return self._broken("max_spend", why)

    def _broken(self, rule: str, why: str) -> PolicyViolation:
        return PolicyViolation(f"the policy forbids this: {why}", rule=rule, path=self.path)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("it must be a list of text")
    return tuple(value)


def _networks(value: Any) -> tuple[str, ...]:
    return tuple(_ALIASES.get(name, name) for name in _texts(value))


def _patterns(value: Any) -> tuple[str, ...]:
    from taokit.chain_client.operations import all_operations

    found = _texts(value)
    for pattern in found:
        group = pattern.partition(".")[0]
        known = {name.partition(".")[0] for name in all_operations()}
        if group not in known and not group[:1].isupper() and "*" not in group:
            raise ValueError(f"{pattern!r} is neither an operation nor a call of the runtime")
    return found


def _netuids(value: Any) -> frozenset[int]:
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise TypeError("it must be a list of whole numbers")
    return frozenset(value)


def _addresses(value: Any) -> frozenset[str]:
    return frozenset(ss58_of(address) for address in _texts(value))


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("it must be true or false")
    return value


_KEYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "networks": _networks,
    "operations": _patterns,
    "forbidden_operations": _patterns,
    "netuids": _netuids,
    "hotkeys": _addresses,
    "destinations": _addresses,
    "signers": _addresses,
    "allow_shielded": _switch,
}


def _max_spend(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PolicyUnreadable(f"max_spend in {path} must be a table", path=path)
    found: dict[str, Any] = {}
    for key, entry in value.items():
        if key in ("per_operation", "per_day"):
            found[key] = _rao(entry, f"max_spend.{key}", path)
        elif key == "operations" and isinstance(entry, dict):
            found["by_operation"] = tuple(
                (pattern, _rao(limit, f"max_spend.operations.{pattern}", path))
                for pattern, limit in entry.items()
            )
        else:
            raise _unknown(f"max_spend.{key}", ["per_operation", "per_day", "operations"], path)
    return found


def _rao(value: Any, key: str, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        said = f'{key} in {path} must be text such as "1.5", or whole TAO'
        raise PolicyUnreadable(said, path=path)
    try:
        return Tao.parse(str(value)).rao
    except TaokitError as error:
        raise PolicyUnreadable(f"{key} in {path}: {error.hint}", path=path) from error


def _unknown(key: str, known: Iterable[str], path: str) -> PolicyUnreadable:
    from difflib import get_close_matches

    near = get_close_matches(key.rpartition(".")[2], list(known), n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
    return PolicyUnreadable(f"{path} has a rule that is not known: {key}", path=path, hint=hint)
