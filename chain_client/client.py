"""The client: everything that can be asked of a chain and sent to it, over any transport.

Owns the connection's life and sending. Reading is inherited from ``view``; how extrinsics are made
and followed is in ``extrinsics``, declared questions are in ``reads``, declared changes in
``operations``.

    async with await ChainClient.connect("local") as chain:
        account = await chain.query("System", "Account", "5Grw...")
        async with chain.at(100) as block:                      # reads inside are of block 100
            tempo = await chain.query("SubtensorModule", "Tempo", 1)
        receipt = await chain.submit(Transfer(to="5F..", amount=Tao.parse("1")), signer)

Unless pinned with :meth:`ChainClient.at`, every read is of the node's best block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from taokit.chain_client import runtime_loading
from taokit.chain_client.blocks import BlockSelector
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import WrongChain
from taokit.chain_client.networks import Network, find_network, join_networks
from taokit.chain_client.redaction import redacted
from taokit.chain_client.runtime import Runtime
from taokit.chain_client.transport.base import Transport
from taokit.chain_client.view import ChainView

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.extrinsics.dry_run import DryRun, FeeEstimate
    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.chain_client.extrinsics.signing import SignedExtrinsic
    from taokit.chain_client.extrinsics.submission import Submission, WaitFor
    from taokit.chain_client.extrinsics.submitter import Submitter, Terms
    from taokit.chain_client.guard import Guard
    from taokit.chain_client.operations.base import Operation, Plan
    from taokit.chain_client.timelocked import Timelock, WeightsTimelock
    from taokit.wallet.signer import Signer

__all__ = ["ChainClient"]


class ChainClient(ChainView):
    """One connected chain. Make it with :meth:`connect` or :meth:`over`; close it when done."""

    def __init__(self, transport: Transport, runtime: Runtime, network: Network) -> None:
        super().__init__(transport, runtime, network)
        self._submitter: Submitter | None = None
        self.guard: Guard | None = None
        """Asked before each signature, if set; see :class:`taokit.chain_client.guard.Guard`."""

    # -- the connection ---------------------------------------------------------------------------

    @classmethod
    async def connect(
        cls,
        network: str | Sequence[str] = "local",
        *,
        connect_timeout: float = 10.0,
        request_timeout: float = 30.0,
        reconnect: bool = True,
    ) -> Self:
        """Connect to a network by name (local, finney, test, archive) or by ``ws(s)://`` address.

        Several are tried in turn, now and when the connection is lost; they must serve the same
        chain. Times are in seconds. With ``reconnect`` a lost connection is opened again when
        something is asked; a signed extrinsic is never sent twice. Raises
        :class:`ConnectionFailed`, :class:`InvalidArgument`.
        """
        from taokit.chain_client.transport.reconnecting import ReconnectingTransport
        from taokit.chain_client.transport.websocket import WebSocketTransport

        async def open_one(url: str) -> Transport:
            return await WebSocketTransport.connect(
                url, connect_timeout=connect_timeout, request_timeout=request_timeout
            )

        found = find_network(network) if isinstance(network, str) else join_networks(network)
        if not reconnect:
            return await cls.over(await open_one(found.urls[0]), found)
        transport = ReconnectingTransport(found.urls, open_one)
        await transport.open()
        client = await cls.over(transport, found)
        transport.on_reconnect = client._check_same_chain
        return client

    @classmethod
    async def over(cls, transport: Transport, network: Network | None = None) -> Self:
        """A client over an open transport, for instance an ``InProcessTransport``.

        The client owns the transport from here on, and closes it if this fails.
        """
        try:
            runtime = await runtime_loading.load_runtime(transport)
        except BaseException:
            await transport.close()
            raise
        return cls(
            transport, runtime, network or Network(redacted(transport.url), (transport.url,))
        )

    async def close(self) -> None:
        """Close the connection. What is under way fails with :class:`TransportClosed`."""
        self._forget_contents()
        await self.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def refresh_runtime(self) -> bool:
        """Load the runtime of the best block; whether it is another one than before."""
        before = self.runtime
        self.runtime = await runtime_loading.load_runtime(self.transport, before.genesis_hash)
        return self.runtime is not before

    async def _check_same_chain(self, transport: Transport) -> None:
        expected, got = self.runtime.genesis_hash, await runtime_loading.genesis_hash(transport)
        if got != expected:
            raise WrongChain(expected=expected, got=got)
        self.runtime = await runtime_loading.load_runtime(transport, expected)

    # -- extrinsics -------------------------------------------------------------------------------

    @property
    def submitter(self) -> Submitter:
        """What signs and sends, and knows the nonces under way."""
        if self._submitter is None:
            from taokit.chain_client.extrinsics.submitter import Submitter

            self._submitter = Submitter(self)
        return self._submitter

    async def timelock(self) -> Timelock:
        """What it takes to seal data for this chain until a round of its own drand beacon."""
        from taokit.chain_client.timelocked import timelock_of

        return await timelock_of(self)

    async def weights_timelock(self, netuid: int) -> WeightsTimelock:
        """What it takes to commit to weights of a subnet, which the chain reveals by itself.

        Raises :class:`NotFound`, and :class:`InvalidArgument` for a subnet without epochs.
        """
        from taokit.chain_client.timelocked import weights_timelock_of

        return await weights_timelock_of(self, netuid)

    def encode_call(self, call: Call) -> bytes:
        """The SCALE bytes of a call."""
        return self.runtime.encode_call(call)

    async def plan(self, what: Operation | Call, signer: Any, terms: Terms | None = None) -> Plan:
        """What ``what`` would do; ``signer`` is an address or a signer. Nothing is signed."""
        from taokit.chain_client.operations.planning import plan

        return await plan(self, what, signer, terms)

    async def estimate_fee(
        self, what: Operation | Call, signer: Any, terms: Terms | None = None
    ) -> FeeEstimate:
        """The fee of a call without its tip, asked of the chain; nothing is signed."""
        from taokit.chain_client.extrinsics.dry_run import estimate_fee

        return await estimate_fee(self, await self._call(what, signer), signer, terms)

    async def dry_run(
        self, what: Operation | Call, signer: Signer, terms: Terms | None = None
    ) -> DryRun:
        """Sign, and ask whether the pool would take it now; nothing is sent to the pool."""
        from taokit.chain_client.extrinsics.dry_run import dry_run

        return await dry_run(self, await self._call(what, signer), signer, terms)

    async def sign(
        self, what: Operation | Call, signer: Signer, terms: Terms | None = None
    ) -> SignedExtrinsic:
        """A signed extrinsic that is not sent."""
        from taokit.chain_client.extrinsics.submitter import Terms

        return await self.submitter.sign(await self._call(what, signer), signer, terms or Terms())

    async def send(
        self,
        what: Operation | Call,
        signer: Signer,
        terms: Terms | None = None,
        *,
        watch: bool = True,
        on_status: Callable[[str], None] | None = None,
    ) -> Submission:
        """Sign and submit; returns once the pool has accepted it.

        Any number may be under way at once for one signer. ``watch=False`` spares the
        subscription: waiting then looks through blocks. Raises :class:`PoolRejected`,
        :class:`SubmissionUnknown`.
        """
        from taokit.chain_client.extrinsics.submission import Submission
        from taokit.chain_client.extrinsics.submitter import Terms

        call, terms = await self._call(what, signer), terms or Terms()
        if terms.shielded:
            from taokit.chain_client.extrinsics.shielding import ShieldedSubmission

            inner = await self.submitter.send_shielded(call, signer, terms, watch=watch)
            return ShieldedSubmission(self, *inner[:2], on_status, released=inner[2])
        signed, statuses = await self.submitter.send(call, signer, terms, watch=watch)
        return Submission(self, signed, statuses, on_status)

    async def send_signed(
        self,
        signed: SignedExtrinsic,
        *,
        watch: bool = True,
        on_status: Callable[[str], None] | None = None,
    ) -> Submission:
        """Submit what :meth:`sign` made, now or earlier or elsewhere; as :meth:`send` otherwise.

        Sending the same one again cannot make it happen twice: its nonce can be used once.
        """
        from taokit.chain_client.extrinsics.submission import Submission

        statuses = await self.submitter.send_signed(signed, watch=watch)
        return Submission(self, signed, statuses, on_status)

    async def submit(
        self,
        what: Operation | Call,
        signer: Signer,
        terms: Terms | None = None,
        *,
        until: WaitFor = "inclusion",
        timeout: float | None = None,
        on_status: Callable[[str], None] | None = None,
    ) -> Receipt:
        """:meth:`send`, then wait for inclusion or finality; ``timeout`` is in seconds.

        A call that failed in the block gives a receipt with ``error`` set:
        ``receipt.raise_for_failure()`` raises it. Raises :class:`PoolRejected`,
        :class:`NotIncluded`, :class:`OutcomePending`, :class:`SubmissionUnknown`.
        """
        submission = await self.send(what, signer, terms, on_status=on_status)
        try:
            return await submission.wait(until, timeout)
        finally:
            await submission.aclose()

    async def receipt(
        self, extrinsic_hash: str, block: BlockSelector, *, finalized: bool = False
    ) -> Receipt:
        """The receipt of an extrinsic in a block. Raises :class:`NotFound`."""
        from taokit.chain_client.extrinsics.receipt import receipt_in

        content = await self.content(block)
        return receipt_in(self.runtime, content, extrinsic_hash, finalized=finalized)

    async def find_extrinsic(self, extrinsic_hash: str, first: int, last: int) -> Receipt | None:
        """Look for an extrinsic in the best chain's blocks ``first`` to ``last``."""
        for number in range(first, last + 1):
            content = await self.content(number)
            if content.index_of(extrinsic_hash) is not None:
                return await self.receipt(extrinsic_hash, content.block)
        return None

    async def _call(self, what: Operation | Call, signer: Any) -> Call:
        if isinstance(what, Call):
            return what
        from taokit.chain_client.addresses import ss58_of

        return (await what.prepared_for(self, ss58_of(signer))).call()
