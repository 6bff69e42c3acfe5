"""A subnet of a real (or local) chain, as one neuron sees it: ``chain.Chain`` over a connection.

Owns the translation between what neurons ask and what the client reads and sends, and the choice
of how weights are sent. Does not own the connection (``taokit.chain_client`` opens it again by
itself), the reading of a metagraph (``live_metagraph``), the weights' numbers (``weight_vector``),
nor what becomes of a commit later (``weights.WeightSetter``).

    async with await LiveChain.connect("finney", netuid=1, signer=wallet.hotkey_signer) as chain:
        head = await chain.head()
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import account_bytes
from taokit.chain_client.calls import Call
from taokit.chain_client.client import ChainClient
from taokit.chain_client.errors import ChainError, NotFound, OutcomePending, SubscriptionOverrun
from taokit.chain_client.scale import AccountId, Vec, codec, u16, u64
from taokit.chain_client.storage_keys import blake2_256
from taokit.neuron import live_metagraph
from taokit.neuron.chain import (
    Commitment,
    Head,
    PendingCommit,
    Remember,
    Scheme,
    SubnetRules,
    WeightsReceipt,
)
from taokit.neuron.errors import NeuronError, WeightsError
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.weight_vector import weight_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.wallet.signer import Signer

__all__ = ["LiveChain", "commit_hash"]

MODULE = "SubtensorModule"
MAX_COMMITMENT = 128
SALT_LENGTH = 8
_HASHED = tuple[AccountId, u16, Vec[u16], Vec[u16], Vec[u16], u64]


class LiveChain:
    """One subnet over one connected client, for one hotkey.

    ``signer`` is the hotkey's; an address alone can read, and send nothing. ``coldkey`` signs a
    registration. ``scheme`` says how to commit where the chain's word is not to be followed, for
    instance ``"hash"`` on a chain that has no beacon. ``timeout`` (seconds) is how long to wait for
    inclusion. A signer that waits for a person holds up only what it signs.
    """

    def __init__(
        self,
        client: ChainClient,
        netuid: int,
        signer: Signer | Hotkey,
        *,
        coldkey: Signer | None = None,
        scheme: Scheme | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.client = client
        self._netuid = netuid
        self._signer = None if isinstance(signer, str) else signer
        self._hotkey = signer if isinstance(signer, str) else signer.ss58_address
        self._coldkey = coldkey
        self._scheme = scheme
        self._timeout = timeout

    @classmethod
    async def connect(
        cls, network: str | Sequence[str], netuid: int, signer: Signer | Hotkey, **options: Any
    ) -> Self:
        """Open a connection of its own; :meth:`close` ends it. Options are the constructor's."""
        return cls(await ChainClient.connect(network), netuid, signer, **options)

    async def close(self) -> None:
        """Close the connection."""
        await self.client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    @property
    def netuid(self) -> int:
        """The subnet."""
        return self._netuid

    @property
    def hotkey(self) -> Hotkey:
        """Who is asking, and who signs what is sent."""
        return self._hotkey

    # -- blocks -----------------------------------------------------------------------------------

    async def head(self) -> Head:
        """The newest block."""
        async with self.client.at("head") as block:
            return Head(block.number, block.hash, await self.client.query("Timestamp", "Now"))

    async def heads(self) -> AsyncIterator[Head]:
        """The head now, then each new one. Whoever reads too slowly misses blocks, no more."""
        while True:
            try:
                async with await self.client.heads() as headers:
                    async for header in headers:
                        async with self.client.at(header.ref):
                            now = await self.client.query("Timestamp", "Now")
                        yield Head(header.number, header.hash, now)
                return
            except SubscriptionOverrun:
                continue

    async def wait_block(self, number: int) -> Head:
        """Return once the chain has reached a block."""
        block = await self.client.wait_for_block(number)
        async with self.client.at(block):
            return Head(block.number, block.hash, await self.client.query("Timestamp", "Now"))

    async def block_hash(self, number: int) -> str | None:
        """Hash of a block; None when it is not there yet."""
        try:
            return (await self.client.block_ref(number)).hash
        except NotFound:
            return None

    # -- reads ------------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""
        return await live_metagraph.read_snapshot(self.client, self.netuid)

    async def rules(self) -> SubnetRules:
        """What the subnet demands of weights, now."""
        return await live_metagraph.read_rules(self.client, self.netuid)

    async def weights_of(self, hotkey: Hotkey, *, mechanism: int = 0) -> Mapping[Hotkey, int]:
        """The weights that the chain holds for a validator; zeros are left out."""
        async with self.client.snapshot():
            uid = await self.client.query(MODULE, "Uids", self.netuid, account_bytes(hotkey))
            if uid is None:
                return {}
            row = await self.client.query(MODULE, "Weights", self._index(mechanism), uid) or ()
            held = {target: value for target, value in row if value}
            keys = await self.client.query_many(
                [(MODULE, "Keys", self.netuid, target) for target in held]
            )
        return {str(key): value for key, value in zip(keys, held.values())}

    async def pending_commits(
        self, hotkey: Hotkey, *, mechanism: int = 0
    ) -> tuple[PendingCommit, ...]:
        """The weight commits of a hotkey that wait to be revealed, oldest first."""
        index, who = self._index(mechanism), account_bytes(hotkey)
        async with self.client.snapshot():
            hashed, period, epoch = await self.client.query_many(
                [
                    (MODULE, "WeightCommits", index, who),
                    (MODULE, "RevealPeriodEpochs", self.netuid),
                    (MODULE, "SubnetEpochIndex", self.netuid),
                ]
            )
            sealed = await self.client.query_map(MODULE, "TimelockedWeightCommits", index)
        found = [
            PendingCommit(made, block, hash=bytes(hash_).hex())
            for hash_, made, block, _ in hashed or ()
        ]
        found += [
            PendingCommit(made, block, reveal_round=number)
            for made, commits in sealed
            for committer, block, _, number in commits
            if bytes(committer) == who
        ]
        return tuple(sorted((c for c in found if c.epoch + period >= epoch), key=lambda c: c.block))

    async def commitments(self) -> Mapping[Hotkey, Commitment]:
        """What every hotkey of the subnet has committed last: the bytes of its fields, joined."""
        entries = await self.client.query_map("Commitments", "CommitmentOf", self.netuid)
        return {
            str(who): Commitment(entry["block"], live_metagraph.plain_fields(entry["info"]))
            for who, entry in entries
        }

    # -- what is sent -----------------------------------------------------------------------------

    async def set_weights(
        self,
        weights: Mapping[Hotkey, float],
        *,
        mechanism: int = 0,
        remember: Remember | None = None,
    ) -> WeightsReceipt:
        """See :meth:`taokit.neuron.chain.Chain.set_weights`."""
        async with self.client.snapshot() as block:
            rules = await self.rules()
            size, *found = await self.client.query_many(
                [(MODULE, "SubnetworkN", self.netuid)]
                + [(MODULE, "Uids", self.netuid, account_bytes(hotkey)) for hotkey in weights]
            )
        uids, values = weight_vector(
            weights,
            {hotkey: uid for hotkey, uid in zip(weights, found) if uid is not None},
            size=size,
            min_allowed=rules.min_allowed_weights,
            max_limit=rules.max_weight_limit,
            own=self.hotkey,
        )
        receipt = WeightsReceipt(
            scheme=self._scheme_for(rules),
            block=block.number,
            uids=uids,
            values=values,
            mechanism=mechanism,
            version_key=rules.version_key,
            epoch=rules.epoch,
        )
        receipt, call = await self._weights_call(receipt)
        if remember is not None:
            remember(receipt)
        sent = await self._send_weights(call)
        epoch = receipt.epoch
        if receipt.scheme != "plain":
            commits = await self.pending_commits(self.hotkey, mechanism=mechanism)
            epoch = next((c.epoch for c in reversed(commits) if _is_of(c, receipt)), epoch)
        return replace(receipt, block=sent.block.number, epoch=epoch)

    async def reveal_weights(self, receipt: WeightsReceipt) -> None:
        """Reveal what a ``hash`` receipt committed. Raises WeightsError."""
        if receipt.scheme != "hash":
            raise WeightsError(f"weights that were sent {receipt.scheme} are not revealed by hand")
        args = {
            "uids": list(receipt.uids),
            "values": list(receipt.values),
            "salt": list(receipt.salt),
            "version_key": receipt.version_key,
        }
        await self._send_weights(self._call("reveal", "weights", receipt.mechanism, args))

    async def serve(self, ip: str, port: int) -> None:
        """Publish where this hotkey serves; nothing is sent where the chain has it already.

        The chain takes no 127.0.0.1 (127.0.0.2 it does), and one change per ``ServingRateLimit``
        blocks. Raises NeuronError with what it said.
        """
        from taokit.chain_client.operations.serving import ServeAxon
        from taokit.chain_client.reads.values import Axon

        held = await self.client.query(MODULE, "Axons", self.netuid, account_bytes(self.hotkey))
        known = Axon.from_value(held)
        wanted = ServeAxon(self.netuid, ip, port)
        args = wanted.call().args
        if known is not None and (held["ip"], held["port"]) == (args["ip"], args["port"]):
            return
        await self._send(wanted, self._signer)

    async def register(self) -> int:
        """Register this hotkey if it is not, for the subnet's burn; returns its uid."""
        from taokit.chain_client.operations.subnets import RegisterNeuron
        from taokit.chain_client.reads.metagraph import uid

        known = await uid(self.client, self.netuid, self.hotkey)
        if known is not None:
            return known
        if self._coldkey is None:
            raise NeuronError(
                f"{self.hotkey} is not registered in subnet {self.netuid}",
                hint=f"register it: taokit subnets register {self.netuid}",
            )
        sent = await self._send(RegisterNeuron(self.netuid, self.hotkey), self._coldkey)
        async with self.client.at(sent.block):
            known = await uid(self.client, self.netuid, self.hotkey)
        if known is None:
            raise NeuronError(f"{self.hotkey} was registered, and is gone again")
        return known

    async def commit(self, data: bytes) -> None:
        """Commit bytes (at most 128) under this hotkey, readable by everyone."""
        if len(data) > MAX_COMMITMENT:
            raise NeuronError(f"a commitment has at most {MAX_COMMITMENT} bytes, not {len(data)}")
        info = {"fields": [{f"Raw{len(data)}": data}]}
        args = {"netuid": self.netuid, "info": info}
        await self._send(Call("Commitments", "set_commitment", args), self._signer)

    # -- inside -----------------------------------------------------------------------------------

    def _scheme_for(self, rules: SubnetRules) -> Scheme:
        if not rules.commit_reveal:
            return "plain"
        return self._scheme or ("timelocked" if rules.commit_reveal_version >= 4 else "hash")

    async def _weights_call(self, receipt: WeightsReceipt) -> tuple[WeightsReceipt, Call]:
        mechanism, uids, values = receipt.mechanism, list(receipt.uids), list(receipt.values)
        version = receipt.version_key
        if receipt.scheme == "plain":
            args = {"dests": uids, "weights": values, "version_key": version}
            return receipt, self._call("set", "weights", mechanism, args)
        if receipt.scheme == "hash":
            salt = tuple(secrets.randbelow(1 << 16) for _ in range(SALT_LENGTH))
            salted = replace(receipt, salt=salt)
            hash_ = commit_hash(self.hotkey, self._index(mechanism), salted)
            receipt = replace(salted, commit_hash=hash_.hex())
            return receipt, self._call("commit", "weights", mechanism, {"commit_hash": hash_})
        lock = await self.client.weights_timelock(self.netuid)
        call = lock.commit(self.hotkey, uids, values, version_key=version, mechanism=mechanism)
        return replace(receipt, reveal_round=call.args["reveal_round"]), call

    def _call(self, verb: str, noun: str, mechanism: int, args: dict[str, Any]) -> Call:
        if mechanism:
            args = {"netuid": self.netuid, "mecid": mechanism, **args}
            return Call(MODULE, f"{verb}_mechanism_{noun}", args)
        return Call(MODULE, f"{verb}_{noun}", {"netuid": self.netuid, **args})

    async def _send_weights(self, call: Call) -> Receipt:
        try:
            return await self._send(call, self._signer)
        except NeuronError as error:
            raise WeightsError(error.message, hint=error.hint) from error

    async def _send(self, what: Any, signer: Signer | None) -> Receipt:
        if signer is None:
            raise NeuronError(f"nothing can be sent for {self.hotkey}: only its address is known")
        try:
            receipt = await self.client.submit(what, signer, timeout=self._timeout)
            return receipt.raise_for_failure()
        except OutcomePending:
            # Nobody knows yet: not a refusal.
            raise
        except ChainError as error:
            raise NeuronError(str(error), hint=error.hint) from error

    def _index(self, mechanism: int) -> int:
        """What a mechanism's weights are stored under."""
        return mechanism * 4096 + self.netuid


def commit_hash(hotkey: Hotkey, index: int, receipt: WeightsReceipt) -> bytes:
    """The hash that commits to a receipt's weights, with its salt, under a mechanism's index."""
    parts = (list(receipt.uids), list(receipt.values), list(receipt.salt), receipt.version_key)
    return blake2_256(codec(_HASHED).encode((account_bytes(hotkey), index, *parts)))


def _is_of(commit: PendingCommit, receipt: WeightsReceipt) -> bool:
    if receipt.scheme == "hash":
        return commit.hash == receipt.commit_hash
    return commit.reveal_round == receipt.reveal_round
