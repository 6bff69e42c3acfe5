"""Weights of Proxy's calls, as benchmarked: Subtensor's `pallets/proxy/src/weights.rs`.

Every call is charged as if the account had all the proxies and announcements that it may have.
"""

from __future__ import annotations

from typing import Any

from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.weight import Weight, weight

MAX_PROXIES = 20
MAX_PENDING = 75


def _linear(
    base: int, proxies: int, pending: int = 0, *, proof: int = 4_254, reads: int, writes: int
) -> Weight:
    ref_time = base + proxies * MAX_PROXIES + pending * MAX_PENDING
    return weight(ref_time, proof, reads=reads, writes=writes)


ADD_PROXY = _linear(25_770_804, 80_892, reads=1, writes=1)
REMOVE_PROXY = _linear(27_827_049, 64_054, reads=1, writes=2)
REMOVE_PROXIES = _linear(27_407_028, 55_808, reads=1, writes=1)
CREATE_PURE = _linear(27_853_436, 20_160, reads=1, writes=1)
KILL_PURE = _linear(26_529_087, 48_014, reads=1, writes=1)
ANNOUNCE = _linear(34_286_251, 53_615, 194_092, proof=8_615, reads=3, writes=2)
REMOVE_ANNOUNCEMENT = _linear(25_595_226, 40_277, 205_163, proof=8_615, reads=2, writes=2)
REJECT_ANNOUNCEMENT = _linear(26_388_332, 17_846, 199_703, proof=8_615, reads=2, writes=2)
POKE_DEPOSIT = weight(46_757_000, 8_615, reads=3, writes=3)
SET_REAL_PAYS_FEE = _linear(14_259_931, 42_799, reads=1, writes=1)
# Both with one read and one write for the account that the call is made for.
_PROXY = _linear(28_026_265, 53_205, proof=4_254 + 37 * MAX_PROXIES, reads=4, writes=2)
_PROXY_ANNOUNCED = _linear(
    53_234_507,
    54_037,
    228_831,
    proof=8_615 + 68 * MAX_PENDING + 37 * MAX_PROXIES,
    reads=6,
    writes=4,
)


def proxy(*args: Any) -> Weight:
    """The weight of `proxy` around its call."""
    call: Call = args[-1]
    return _PROXY.plus(call.weight)


def proxy_announced(*args: Any) -> Weight:
    """The weight of `proxy_announced` around its call."""
    call: Call = args[-1]
    return _PROXY_ANNOUNCED.plus(call.weight)


def inner_pays(*args: Any) -> bool:
    """`proxy` pays if its call does."""
    call: Call = args[-1]
    return call.pays
