"""What a chain begins with: preset, endowed accounts, authorities, the sudo key.

The localnet of the real node (Subtensor `node/src/chain_spec/localnet.rs`) is
the default; both presets share it and differ in the constants that the real
runtime switches with its `fast-runtime` feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from taokit.local_chain.pallets.drand_types import BeaconConfiguration
from taokit.wallet.keypair import Keypair
from taokit.wallet.schemes import CryptoType
from taokit.wallet.ss58 import decode as ss58_decode

TAO = 1_000_000_000
RICH = ("Alice", "Bob", "Charlie")
ENDOWED = ("Dave", "Eve", "Ferdie", "One", "Two", "Three")
EVM_DEV_ACCOUNTS = (
    "5Fghzk1AJt88PeFEzuRfXzbPchiBbsVGTTXcdx599VdZzkTA",
    "5GeqNhKWj1KG78VHzbmo3ZjZgUTrCuWeamdgiA114XHGdaEr",
)


@dataclass(frozen=True)
class ChainSpec:
    """The starting point of a chain: `preset` is fast or mainnet, balances are rao by account.

    `beacon` is the drand beacon that it listens to, None for the public network's. `limits` and
    `guards` are those of `NodeConfig`.
    """

    preset: str
    balances: dict[bytes, int]
    aura_authorities: tuple[bytes, ...]
    grandpa_authorities: tuple[bytes, ...]
    sudo: bytes
    beacon: BeaconConfiguration | None = None
    limits: str = "runtime"
    guards: str = "pool"


@cache
def localnet(preset: str = "fast") -> ChainSpec:
    """The localnet: dev accounts with TAO, Alice with the sudo key, authorities One and Two."""
    balances = {account(f"//{name}"): 1_000_000 * TAO for name in RICH}
    balances |= {account(f"//{name}"): 2_000 * TAO for name in ENDOWED}
    balances |= {bytes(ss58_decode(address)): 2_000 * TAO for address in EVM_DEV_ACCOUNTS}
    return ChainSpec(
        preset=preset,
        balances=balances,
        aura_authorities=(account("//One"), account("//Two")),
        grandpa_authorities=tuple(account(uri, CryptoType.ED25519) for uri in ("//One", "//Two")),
        sudo=account("//Alice"),
    )


def account(uri: str, crypto_type: CryptoType = CryptoType.SR25519) -> bytes:
    """The 32-byte account of a development key."""
    return bytes(Keypair.from_uri(uri, crypto_type=crypto_type).public_key)
