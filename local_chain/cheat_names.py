"""The names of what a development chain lets its clients do, by which each can be forbidden.

Owns the names. Each `dev_*` RPC method belongs to one of them (`rpc.registry.method`); what they do
is `node.dev`'s, and which are forbidden is for `node_config` to say.
"""

from __future__ import annotations

__all__ = ["CHEATS"]

CHEATS: dict[str, str] = {
    "balance": "set balances",
    "blocks": "make, pause, drop and delay blocks",
    "dump": "write the chain into a file",
    "faucet": "give accounts TAO",
    "faults": "answer requests badly on purpose",
    "finality": "stall finality",
    "impersonation": "act as an account without its signature",
    "insight": "look into the chain as no other node lets one",
    "neurons": "register neurons for nothing",
    "pulses": "bring and lose pulses of the beacon",
    "rate-limits": "ignore rate limits",
    "snapshots": "take snapshots and go back",
    "stake": "set stakes",
    "storage": "write any storage",
    "time": "travel in time",
}
"""Every name, and what it lets one do."""
