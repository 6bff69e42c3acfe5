"""Accounts that follow from others: multisigs, derivatives, pure proxies, crowdloans' funds.

Owns computing their addresses, which needs no chain. Source of the seeds: Substrate's multisig,
utility and proxy pallets, and the runtime's crowdloan pallet.

    >>> multisig_account(["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    ...                   "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"], 2)
    '5F3QVbS78a4aTYLiRAD8N3czjqVoNyV42L19CXyhqUMCh4Ch'
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from taokit.chain_client.addresses import account_bytes, ss58_of

__all__ = [
    "call_hash",
    "derivative_account",
    "multisig_account",
    "pure_account",
    "sorted_accounts",
]


def _blake2_256(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def call_hash(encoded: bytes) -> str:
    """The hash by which multisigs and announcements name a call, ``0x`` hex."""
    return "0x" + _blake2_256(encoded).hex()


def sorted_accounts(accounts: Iterable[object]) -> list[str]:
    """The addresses in the order of their bytes, as the chain wants signatories."""
    return [ss58_of(raw) for raw in sorted(account_bytes(account) for account in accounts)]


def multisig_account(signatories: Iterable[object], threshold: int) -> str:
    """The account of these signatories, of whom ``threshold`` must approve."""
    keys = sorted(account_bytes(account) for account in signatories)
    few = len(keys) < 64  # SCALE's compact length: one byte, or two
    count = bytes([len(keys) * 4]) if few else (len(keys) * 4 + 1).to_bytes(2, "little")
    seed = b"modlpy/utilisuba" + count + b"".join(keys) + threshold.to_bytes(2, "little")
    return ss58_of(_blake2_256(seed))


def derivative_account(account: object, index: int) -> str:
    """The account number ``index`` that ``Utility.as_derivative`` makes calls as."""
    seed = b"modlpy/utilisuba" + account_bytes(account) + index.to_bytes(2, "little")
    return ss58_of(_blake2_256(seed))


def pure_account(spawner: object, proxy_type: int, index: int, height: int, extrinsic: int) -> str:
    """The account that ``Proxy.create_pure`` made in extrinsic ``extrinsic`` of a block."""
    seed = (
        b"modlpy/proxy____"
        + account_bytes(spawner)
        + height.to_bytes(4, "little")
        + extrinsic.to_bytes(4, "little")
        + bytes([proxy_type])
        + index.to_bytes(2, "little")
    )
    return ss58_of(_blake2_256(seed))
