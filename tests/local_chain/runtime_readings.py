"""What a scenario of the runtime's expectations may say: its arguments, and what it may look at.

Arguments: "@7" is the account of number 7, "0x.." are bytes, `{"fixed": [format, number]}` raw
bits, `{"decimal": "0.5"}` raw I32F32, `{"hash": [who, index, uids, values, salt, version]}` what
commits to weights, `{"sealed": {...}}` weights sealed to a drand round, `{"pulse": signature}` a
pulse. A list within a list is a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from economy import key

from taokit.chain_client import timelock
from taokit.chain_client.scale import Bytes, Vec, codec, u16, u64
from taokit.local_chain.arithmetic import fixed as formats
from taokit.local_chain.pallets.drand_types import Pulse
from taokit.local_chain.pallets.subtensor import (
    coinbase,
    distribution,
    epoch_schedule,
    mechanisms,
    shares,
    stake_weight,
    weights,
)
from taokit.local_chain.pallets.subtensor.types import RateLimitKey, RecycleOrBurnEnum
from taokit.local_chain.pallets.subtensor.weight_commits import Reveal, commit_hash

if TYPE_CHECKING:
    from chain_under_test import Chain


class Arguments:
    """What the arguments of a scenario stand for."""

    def read(self, given: Any, depth: int = 0) -> Any:
        """The value that an argument of JSON stands for."""
        if isinstance(given, str) and given.startswith("@"):
            return key(int(given[1:]))
        if isinstance(given, str) and given.startswith("0x"):
            return bytes.fromhex(given[2:])
        if isinstance(given, list):
            items = [self.read(item, depth + 1) for item in given]
            return tuple(items) if depth else items
        if isinstance(given, dict):
            ((kind, inner),) = given.items()
            reader: Callable[[Any], Any] = getattr(self, f"_{kind}")
            return reader(inner)
        return given

    def read_key(self, given: Any) -> Any:
        """A storage key: a list is a tuple."""
        found = self.read(given)
        return tuple(found) if isinstance(found, list) else found

    def _decimal(self, given: Any) -> Any:
        """Raw I32F32 of a number as the runtime prints it, the shortest that says which it is."""
        if isinstance(given, str):
            return round(Fraction(given) * formats.I32F32.one)
        return [self._decimal(item) for item in given] if isinstance(given, list) else given

    def _fixed(self, given: list[Any]) -> int:
        layout: formats.FixedFormat = getattr(formats, given[0])
        return layout.from_float(float(given[1]))

    def _hash(self, given: list[Any]) -> bytes:
        who, index, *reveal = given
        return commit_hash(self.read(who), index, Reveal(*reveal))

    def _rate_limit(self, given: str) -> RateLimitKey:
        return getattr(RateLimitKey, given)()

    def _pulse(self, signature: str) -> Pulse:
        return Pulse(0, bytes(32), bytes.fromhex(signature))

    def _range(self, count: int) -> list[int]:
        return list(range(count))

    def _ones(self, count: int) -> list[int]:
        return [1] * count

    def _enum(self, name: str) -> RecycleOrBurnEnum:
        return RecycleOrBurnEnum[name]

    def _sealed(self, given: dict[str, Any]) -> bytes:
        uids, values = self.read(given["uids"]), self.read(given["values"])
        sealed_weights = (uids, values, given.get("version", 0))
        if "plain" in given:
            return timelock.seal(bytes.fromhex(given["plain"]), given["round"])
        plain = codec(tuple[Vec[u16], Vec[u16], u64]).encode(sealed_weights)
        if "hotkey" in given:
            plain = codec(Bytes).encode(self.read(given["hotkey"])) + plain
        return timelock.seal(plain, given["round"])


class Readings(Arguments):
    """What there is to expect of: an item of storage with its key, or one of these."""

    chain: Chain
    sub: Any
    latest: dict[str, Any]

    def _found(self, what: list[Any]) -> Any:
        name, *args = what
        reading = getattr(self, f"_read_{name}", None)
        if reading is not None:
            return reading(*args)
        item = self._item(name)
        return item.get(self.read_key(args[0])) if args else item.get()

    def _read_stored(self, item: str, where: Any) -> bool:
        return bool(self._item(item).contains(self.read_key(where)))

    def _read_keys(self, item: str, *first: Any) -> int:
        return len(self._item(item).keys(tuple(map(self.read, first))))

    def _read_length(self, item: str, where: Any) -> int:
        return len(self._item(item).get(self.read_key(where)) or ())

    def _read_total(self, item: str, where: Any) -> int:
        return sum(self._item(item).get(self.read_key(where)))

    def _read_at(self, position: int, item: str, where: Any) -> Any:
        return self._item(item).get(self.read_key(where))[position]

    def _read_staked(self, hotkey: str, coldkey: str, netuid: int) -> int:
        return shares.stake_of_pair(self.sub, self.read(hotkey), self.read(coldkey), netuid)

    def _read_hotkey_stake(self, hotkey: str, netuid: int) -> int:
        return shares.stake_of_hotkey(self.sub, self.read(hotkey), netuid)

    def _read_inherited(self, hotkey: str, netuid: int) -> list[int]:
        who = self.read(hotkey)
        return [
            stake_weight.inherited_alpha(self.sub, who, netuid),
            stake_weight.inherited_tao(self.sub, who, netuid),
        ]

    def _read_weighed_stake(self, hotkey: str, netuid: int) -> int:
        raw = stake_weight.total_stake_weight(self.sub, self.read(hotkey), netuid)
        return formats.I64F64.to_u64(raw)

    def _read_bond(self, index: int, validator: int, miner: int) -> int:
        return dict(self.sub.bonds.get((index, validator))).get(miner, 0)

    def _read_price(self, netuid: int) -> int:
        raw: int = self.chain.runtime.swap.price(netuid)
        return raw

    def _read_events(self, name: str) -> list[Any]:
        return [list(values) for values in self.chain.events(f"SubtensorModule.{name}")]

    def _read_failed(self) -> list[list[Any]]:
        rows = self.chain.events("SubtensorModule.BatchWeightItemFailed")
        return [[netuid, reason.name] for netuid, reason in rows]

    def _read_drained(self) -> list[list[Any]]:
        return [[netuid, *pending] for netuid, pending in self.latest["drained"].items()]

    def _read_earned(self, part: int) -> list[int]:
        return [item[part] for item in self.latest["earned"]]

    def _read_result(self, name: str) -> Any:
        return getattr(self.latest["result"], name)

    def _read_stage(self, name: str) -> Any:
        return getattr(self.latest["result"].stages, name)

    def _read_divided(self, netuid: int, earned: list[list[Any]]) -> list[int]:
        rows = [*self.read([earned])[0]]
        weight = stake_weight.tao_weight(self.sub)
        incentives, dividends = distribution.divide_among_parents(self.sub, netuid, rows, weight)
        whole = formats.U96F32.to_u64
        return [sum(incentives.values()), whole(sum(dividends.values()))]

    def _read_receivers(self, *netuids: int) -> list[int]:
        return coinbase.subnets_to_emit_to(self.sub, netuids)

    def _read_block_shares(self, netuids: list[int], amount: int) -> list[int]:
        prices = [coinbase.moving_price(self.sub, netuid) for netuid in netuids]
        raws = coinbase.block_shares(self.sub, netuids, prices, amount)
        return [formats.U96F32.to_u64(raw) for raw in raws]

    def _read_next_epoch(self, netuid: int) -> int | None:
        return epoch_schedule.next_epoch_start_block(self.sub, netuid)

    def _read_blocks_until_epoch(self, netuid: int, tempo: int, block: int) -> int:
        return epoch_schedule.blocks_until_next_auto_epoch(self.sub, netuid, tempo, block)

    def _read_due(self, netuid: int) -> bool:
        block = self.chain.runtime.system.block_number()
        return epoch_schedule.should_run_epoch(self.sub, netuid, block)

    def _read_deferred(self, *netuids: int) -> list[int]:
        block = self.chain.runtime.system.block_number()
        return sorted(epoch_schedule.deferred(self.sub, netuids, block))

    def _read_consistent(self, netuid: int) -> bool:
        return epoch_schedule.has_distinct_hotkeys(self.sub, netuid)

    def _read_has_min_stake(self, hotkey: str, netuid: int) -> bool:
        return weights.has_min_stake(self.sub, self.read(hotkey), netuid)

    def _read_mechanism_index(self, netuid: int, mechanism: int) -> int:
        return mechanisms.storage_index(netuid, mechanism)

    def _read_netuid_of(self, index: int) -> int | None:
        return mechanisms.netuid_of(self.sub, index)

    def _read_mechanism_exists(self, netuid: int, mechanism: int) -> bool:
        return mechanisms.exists(self.sub, netuid, mechanism)

    def _item(self, path: str) -> Any:
        pallet, _, name = path.rpartition(".")
        return getattr(getattr(self.chain.runtime, pallet or "subtensor"), name)


__all__ = ["Readings"]
