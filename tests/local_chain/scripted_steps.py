"""Short scripts of calls and expectations, as the files in tests/data/vectors hold them.

A scenario is a list of steps, each a list whose first word says what is done:

* `block N`, `later N`: the open block gets that number, or one so much higher; `seal N`: that many
  blocks are really ended and begun;
* `call WHO NAME ARGS`, and `fails WHO NAME ARGS ERROR`, where nothing may have changed after;
* `put ITEM KEY VALUE`, `drop ITEM KEY`: storage as the runtime's own tests set it up;
* `is ITEM KEY EXPECTED`, `none ITEM KEY`, `keys ITEM FIRST [KEYS]`: what storage must hold;
* `event NAME VALUES` (the last one of that name), `no event NAME`;
* `gets WHO RAO`: out of nothing; `has WHO RAO`: free, exactly;
* any other word: an action of the test module, called with the rest.

`#7` is account number 7, `//Alice` a development key, null as WHO is root.
`{"fixed": 5}` is U64F64, `{"make": [pallet, call, ...]}` a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from calls import made
from chain_under_test import Chain
from economy import key

from taokit.local_chain.chain_spec import account
from taokit.local_chain.frame.errors import DispatchError

ONE = 1 << 64

Action = Callable[..., None]


def resolved(value: Any) -> Any:
    """A value of a vector file as the runtime has it."""
    if isinstance(value, str):
        if value.startswith("#"):
            return key(int(value[1:]))
        return account(value) if value.startswith("//") else value
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if isinstance(value, dict):
        if "fixed" in value:
            return round(value["fixed"] * ONE)
        if "hex" in value:
            return bytes.fromhex(value["hex"])
        if "text" in value:
            return value["text"].encode()
        if set(value) == {"make"}:
            pallet, name, *args = value["make"]
            return made(pallet, name, *resolved(args))
        return {name: resolved(one) for name, one in value.items()}
    return value


def matches(found: Any, expected: Any) -> bool:
    """Whether what was found is what a vector file expects."""
    if isinstance(expected, dict):
        if "about" in expected:
            return bool(abs(found / ONE - expected["about"]) <= expected["within"])
        if "within" in expected:
            low, high = expected["within"]
            return bool(low <= found <= high)
        if "any" in expected:
            return found is not None
        if not {"fixed", "hex", "text"} & set(expected):
            return all(matches(getattr(found, name), one) for name, one in expected.items())
    if isinstance(expected, list):
        same = len(found) == len(expected)
        return same and all(map(matches, found, expected))
    return bool(found == resolved(expected))


class Scenario:
    """A chain in an open block, and the steps that a vector file makes with it."""

    def __init__(self, chain: Chain, pallet: str, actions: dict[str, Action] | None = None) -> None:
        self.chain = chain
        self.pallet = pallet
        self.actions = actions or {}

    def run(self, steps: Sequence[Sequence[Any]]) -> None:
        """Make the steps in order; AssertionError names the first that does not hold."""
        for number, (word, *rest) in enumerate(steps):
            try:
                self._action(word)(*rest)
            except DispatchError as refused:
                pytest.fail(f"step {number} {[word, *rest]} was refused: {refused.name}")
            except AssertionError as wrong:
                raise AssertionError(f"step {number} {[word, *rest]}: {wrong}") from None

    def _action(self, word: str) -> Action:
        made: Action | None = getattr(self, f"_{word.replace(' ', '_')}", None)
        return made or self.actions[word]

    def _item(self, name: str) -> Any:
        pallet, _, item = name.rpartition(".")
        found = self._pallet(pallet or self.pallet)
        return next(i for i in vars(found).values() if getattr(i, "name", None) == item)

    def _pallet(self, name: str) -> Any:
        return next(p for p in self.chain.runtime.pallets.values() if p.name == name)

    def _named(self, name: str) -> tuple[str, str]:
        pallet, _, call = name.rpartition(".")
        return pallet or self.pallet, call

    def _block(self, number: int) -> None:
        self.chain.runtime.system.number.put(number)

    def _gets(self, who: str, rao: int) -> None:
        self.chain.runtime.balances.mint(resolved(who), rao)

    def _has(self, who: str, rao: int) -> None:
        found = self.chain.runtime.balances.free(resolved(who))
        assert found == rao, f"has {found}"

    def _later(self, blocks: int) -> None:
        self._block(self.chain.runtime.system.block_number() + blocks)

    def _seal(self, blocks: int) -> None:
        for _ in range(blocks):
            self.chain.end_block()
            self.chain.number = self.chain.runtime.system.block_number()
            self.chain.begin_block()

    def _call(self, who: Any, name: str, args: dict[str, Any]) -> None:
        self.chain.call(resolved(who), *self._named(name), **resolved(args))

    def _fails(self, who: Any, name: str, args: dict[str, Any], error: str) -> None:
        with pytest.raises(DispatchError) as caught:
            self.chain.call(resolved(who), *self._named(name), **resolved(args))
        assert caught.value.name == error, f"refused with {caught.value.name}"

    def _put(self, name: str, key_: Any, value: Any) -> None:
        item, made = self._item(name), resolved(value)
        if isinstance(value, dict) and isinstance(made, dict):
            made = item.value_type(**made)
        item.insert(_key(key_), made)

    def _drop(self, name: str, key_: Any) -> None:
        self._item(name).remove(_key(key_))

    def _is(self, name: str, key_: Any, expected: Any) -> None:
        found = self._item(name).get(_key(key_))
        assert matches(found, expected), f"found {found}"

    def _none(self, name: str, key_: Any) -> None:
        assert not self._item(name).contains(_key(key_)), "there is one"

    def _keys(self, name: str, first: Any, expected: list[Any]) -> None:
        found = self._item(name).keys(_key(first) if first else ())
        assert sorted(found) == sorted(_key(one) for one in expected), f"found {found}"

    def _event(self, name: str, expected: list[Any]) -> None:
        found = self.chain.events(".".join(self._named(name)))
        assert found, "no such event"
        assert matches(found[-1], expected), f"found {found[-1]}"

    def _no_event(self, name: str) -> None:
        found = self.chain.events(".".join(self._named(name)))
        assert not found, f"found {found}"


def _key(key_: Any) -> Any:
    made = resolved(key_)
    return () if made is None else tuple(made) if isinstance(made, list) else made
