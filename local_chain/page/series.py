"""How price, stake and emission of subnets went: samples of earlier blocks.

Owns which blocks are sampled: multiples of a power of two, so that the same ones are asked for
while the chain grows, and what was read of one is remembered by its hash.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from taokit.local_chain.page.past import Past, lowest_block, runtime_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["FIELDS", "MAX_POINTS", "sample", "sampled_blocks"]

FIELDS = ("price", "tao_in", "alpha_out", "tao_emission", "alpha_emission")
"""TAO per alpha; TAO in the pool; alpha that is staked; both emissions of a block. TAO or alpha.

A block in which there was no such subnet has None instead of them."""

MAX_POINTS = 200
RAO = 1_000_000_000
REMEMBERED = 40_000
_Sample = tuple[float, ...] | None
_seen: WeakKeyDictionary[NodeChain, OrderedDict[tuple[bytes, int], _Sample]] = WeakKeyDictionary()


def sampled_blocks(chain: NodeChain, points: int, first: int | None = None) -> list[int]:
    """At most `points` + 1 blocks up to the head, evenly spaced, the head last."""
    head = chain.head.number
    low = max(lowest_block(chain), min(first or 0, head))
    step = 1
    while (head - low) // step >= points:
        step *= 2
    start = -(-low // step) * step
    # For those that were passed over the ones before are taken.
    blocks = sorted({chain.at_or_before(number) for number in range(start, head + 1, step)})
    return blocks if blocks and blocks[-1] == head else [*blocks, head]


def sample(chain: NodeChain, netuid: int, numbers: list[int]) -> Iterator[_Sample]:
    """What `FIELDS` of a subnet were after these blocks, one after the other."""
    remembered = _seen.setdefault(chain, OrderedDict())
    for number in numbers:
        hash = chain.block_hash(number)
        if hash is None:  # the chain went back while we were reading
            return
        if (hash, netuid) not in remembered:
            remembered[hash, netuid] = _read(chain, netuid, number)
            if len(remembered) > REMEMBERED:
                remembered.popitem(last=False)
        yield remembered[hash, netuid]


def _read(chain: NodeChain, netuid: int, number: int) -> _Sample:
    past, sub = Past(chain, number), runtime_of(chain).subtensor

    def amount(item: Any) -> float:
        return float(past.get(item, netuid) / RAO)

    if not past.get(sub.networks_added, netuid):
        return None
    return (
        round(past.price(netuid), 9),
        amount(sub.subnet_tao),
        amount(sub.subnet_alpha_out),
        amount(sub.subnet_tao_in_emission),
        amount(sub.subnet_alpha_out_emission),
    )
