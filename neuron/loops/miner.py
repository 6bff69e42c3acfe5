"""The loop of a miner: be registered, be found, serve, and notice when that ends.

Owns publishing the endpoint and watching the registration. Does not own what is served
(``taokit.neuron.server``) nor registering, which costs money and is a person's decision.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from taokit.neuron.chain import Chain
from taokit.neuron.errors import NeuronError
from taokit.neuron.metagraph import Endpoint
from taokit.neuron.observe.logs import silent

if TYPE_CHECKING:
    from taokit.neuron.server import MinerServer

__all__ = ["Miner", "NotRegistered"]


class NotRegistered(NeuronError):
    """The hotkey has no place in the subnet, or has lost it."""

    code = "not_registered"


class Miner:
    """A server and its place in the subnet.

    ``publish`` is where others reach it; None where that is somebody else's business. ``every`` is
    how many blocks pass between looks at the chain.
    """

    def __init__(
        self,
        server: MinerServer,
        chain: Chain,
        *,
        host: str = "0.0.0.0",
        port: int = 0,
        publish: Endpoint | None = None,
        every: int = 20,
        log: Any = None,
    ) -> None:
        self.server = server
        self.chain = chain
        self._listen = (host, port)
        self._publish = publish
        self._every = every
        self._log = log if log is not None else silent()
        self._address: Endpoint | None = None
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Serve until stopped. Raises NotRegistered once the hotkey has no place."""
        looked = None
        async for head in self.chain.heads():
            if self._stopped.is_set():
                return
            if looked is None or head.number - looked >= self._every:
                looked = head.number
                await self.step()

    async def step(self) -> None:
        """One look: serve if that has not begun, and publish the endpoint if it is not known."""
        neuron = (await self.chain.snapshot()).get(self.chain.hotkey)
        if neuron is None:
            raise NotRegistered(
                f"{self.chain.hotkey} is not registered in subnet {self.chain.netuid}",
                hint="register it: taokit subnets register",
            )
        if self._address is None:
            self._address = await self.server.start(*self._listen)
            self._log.info("serving", url=self.server.url)
        wanted = self._publish
        if wanted is not None and wanted.port == 0:
            wanted = Endpoint(wanted.ip, self._address.port, wanted.protocol)
        if wanted is not None and neuron.endpoint != wanted:
            await self.chain.serve(wanted.ip, wanted.port)
            self._log.info("published", url=wanted.url)

    async def stop(self) -> None:
        """Take no new requests, finish those under way."""
        self._stopped.set()
        if self._address is not None:
            self._address = None
            await self.server.stop()
