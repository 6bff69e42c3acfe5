"""Policies: what a user lets be signed, whatever program asks.

A policy is a TOML file of allow-lists and of limits on spending (``rules``). :class:`PolicyGuard`
holds a client to it: set as ``client.guard`` it is asked before each signature, wherever in the
client that happens. It looks through batches, proxies, multisigs and sudo to the calls inside, and
refuses what it cannot see or understand. What was spent is counted on disk (``ledger``).

    policy = Policy.parse(path.read_text(), path=str(path))
    client.guard = PolicyGuard(policy, Ledger(ledger_path))
    await client.submit(...)                             # PolicyViolation, or signed and sent
    await policy.check(client, plan)                     # the same question without signing
"""

from __future__ import annotations

from taokit.chain_client.policy.guard import PolicyGuard, Refusing
from taokit.chain_client.policy.ledger import Ledger
from taokit.chain_client.policy.rules import Policy

__all__ = ["Ledger", "Policy", "PolicyGuard", "Refusing"]
