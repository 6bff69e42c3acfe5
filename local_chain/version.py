"""Which runtime this chain is: the numbers that clients check and sign."""

from __future__ import annotations

from typing import Any

from taokit.local_chain.frame.types import RuntimeVersion

SPEC_NAME = "node-subtensor"
SPEC_VERSION = 424
TRANSACTION_VERSION = 1

_APIS = (
    ("df6acb689907609b", 5),
    ("37e397fc7c91f5e4", 2),
    ("40fe3ad401f8959a", 6),
    ("fbc577b9d747efd6", 1),
    ("d2bc9897eed08f15", 3),
    ("f78b278be53f454c", 2),
    ("dd718d5cc53262d4", 1),
    ("ab3c0572291feb8b", 1),
    ("ed99c5acb25eedf5", 3),
    ("bc9d89904f5b923f", 1),
    ("37c8bb1350a9a2a8", 4),
    ("f3ff14d5ab527059", 3),
    ("582211f65bb14b89", 6),
    ("e65b00e46cedd0aa", 2),
    ("68b66ba122c93fa7", 2),
    ("42e62be4a39e5b60", 1),
    ("806df4ccaa9ed485", 1),
    ("8375104b299b74c5", 2),
    ("5d1fbfbe852f2807", 1),
    ("c6886e2f8e598b0a", 1),
    ("c0de4984d112f3b4", 1),
    ("cbca25e39f142387", 2),
    ("a8b093e6508d9e9c", 1),
    ("1c4585bd5c707202", 1),
)

RUNTIME_VERSION = RuntimeVersion(
    spec_name=SPEC_NAME,
    impl_name=SPEC_NAME,
    authoring_version=1,
    spec_version=SPEC_VERSION,
    impl_version=1,
    apis=[(bytes.fromhex(name), version) for name, version in _APIS],
    transaction_version=TRANSACTION_VERSION,
    system_version=1,
)


def version_json() -> dict[str, Any]:
    """`RuntimeVersion` as `state_getRuntimeVersion` answers it."""
    version = RUNTIME_VERSION
    return {
        "specName": version.spec_name,
        "implName": version.impl_name,
        "authoringVersion": version.authoring_version,
        "specVersion": version.spec_version,
        "implVersion": version.impl_version,
        "apis": [["0x" + name, number] for name, number in _APIS],
        "transactionVersion": version.transaction_version,
        "systemVersion": version.system_version,
        "stateVersion": version.system_version,
    }
