"""The client of the ``bittensor`` SDK, version 11, on a chain in this process.

Owns giving it its connection. Does not own that client, nor does taokit install it.

    with LocalChain() as chain:
        async with bittensor.Client("local", substrate=bittensor_substrate(chain)) as client:
            print(await client.subnets.all())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import LocalChainError

if TYPE_CHECKING:
    from taokit.local_chain.embedded.local_chain import LocalChain

__all__ = ["bittensor_substrate"]


def bittensor_substrate(chain: LocalChain) -> Any:
    """What ``bittensor.Client`` takes as its ``substrate``: RPC to ``chain`` without a socket.

    Raises ``LocalChainError`` where bittensor 11 is not installed. Tried with 11.3.0, of which it
    uses two classes that are not documented.
    """
    try:
        from bittensor._substrate import RpcSubstrate
        from bittensor._transport import SubstrateConnection
        from bittensor.settings import SS58_FORMAT
    except ImportError as missing:
        raise LocalChainError(
            "there is no bittensor 11 here", hint="pip install 'bittensor>=11.3,<12'"
        ) from missing

    class InProcessSubstrate(RpcSubstrate):  # type: ignore[misc]
        def _interface(self, endpoint: str, fallbacks: list[str]) -> Any:
            return SubstrateConnection(
                endpoint, ss58_format=SS58_FORMAT, connect_factory=chain.socket
            )

    return InProcessSubstrate("in-process")
