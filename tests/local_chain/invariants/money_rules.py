"""Random operations on TAO: transfers, burning, crowdloans, deposits, and what is refused."""

from __future__ import annotations

from typing import Any

from calls import made, to
from hypothesis import strategies as st
from hypothesis.stateful import rule
from random_operations import (
    SIGNERS,
    Operations,
    Way,
    amounts,
    booleans,
    picks,
    prices,
    signers,
    ways,
)
from random_world import EVERYBODY, MODULE, TAO, extrinsic_bytes, unsealed
from state_checks import written_since

from taokit.local_chain.frame.extrinsic import MultiSignature
from taokit.local_chain.pallets.proxy.types import ProxyType

Amount = int | str
everybody = st.integers(0, len(EVERYBODY) - 1)
loans = st.integers(0, 5)


class MoneyRules(Operations):
    """What holders of TAO do."""

    @rule(
        way=ways,
        who=signers,
        dest=everybody,
        amount=amounts,
        name=st.sampled_from(["transfer_allow_death", "transfer_keep_alive"]),
    )
    def transfer(self, way: Way, who: int, dest: int, amount: Amount, name: str) -> None:
        signer = SIGNERS[who]
        value = self.tao(signer, amount)
        self.send(way, signer, "Balances", name, to(EVERYBODY[dest]), value)

    @rule(way=ways, who=st.integers(3, 5), dest=everybody, keep_alive=booleans)
    def transfer_all(self, way: Way, who: int, dest: int, keep_alive: bool) -> None:
        dest_ = to(EVERYBODY[dest])
        self.send(way, SIGNERS[who], "Balances", "transfer_all", dest_, keep_alive)

    @rule(way=ways, who=st.integers(3, 5), amount=amounts, keep_alive=booleans)
    def burn(self, way: Way, who: int, amount: Amount, keep_alive: bool) -> None:
        signer = SIGNERS[who]
        self.send(way, signer, "Balances", "burn", self.tao(signer, amount), keep_alive)

    @rule(way=ways, source=everybody, dest=everybody, amount=amounts)
    def force_transfer(self, way: Way, source: int, dest: int, amount: Amount) -> None:
        # The accounts of subnets hold their reserves; root taking those is no fault of the chain.
        who = EVERYBODY[source]
        if who.startswith(b"modlsubtensr"):
            return
        value = self.tao(who, amount)
        self.root_call(way, "Balances", "force_transfer", to(who), to(EVERYBODY[dest]), value)

    @rule(way=ways, source=signers, dest=everybody, amount=amounts, after=st.integers(0, 4))
    def scheduled(self, way: Way, source: int, dest: int, amount: Amount, after: int) -> None:
        who = SIGNERS[source]
        transfer = (to(who), to(EVERYBODY[dest]), self.tao(who, amount))
        call = made("Balances", "force_transfer", *transfer)
        self.root_call(way, "Scheduler", "schedule_after", after, None, 63, call)

    # -- deposits ------------------------------------------------------------------------

    @rule(
        way=ways,
        who=signers,
        dest=everybody,
        kind=st.sampled_from([ProxyType.Any, ProxyType.Staking, ProxyType.Transfer]),
        add=booleans,
    )
    def proxies(self, way: Way, who: int, dest: int, kind: Any, add: bool) -> None:
        name = "add_proxy" if add else "remove_proxy"
        self.send(way, SIGNERS[who], "Proxy", name, to(EVERYBODY[dest]), kind, 0)

    @rule(way=ways, who=signers, content=st.binary(max_size=40), note=booleans)
    def preimage(self, way: Way, who: int, content: bytes, note: bool) -> None:
        from taokit.chain_client.storage_keys import blake2_256

        name = "note_preimage" if note else "unnote_preimage"
        arg = content if note else blake2_256(content)
        self.send(way, SIGNERS[who], "Preimage", name, arg)

    @rule(way=ways, who=signers, other=signers, dest=everybody, amount=st.integers(0, 3 * TAO))
    def multisig(self, way: Way, who: int, other: int, dest: int, amount: int) -> None:
        from taokit.local_chain.frame.types import WeightType

        others = sorted({SIGNERS[other], SIGNERS[0], SIGNERS[1]} - {SIGNERS[who]})
        call = made("Balances", "transfer_allow_death", to(EVERYBODY[dest]), amount)
        most = WeightType(10**10, 10**6)
        self.send(way, SIGNERS[who], "Multisig", "as_multi", 2, others, None, call, most)

    # -- crowdloans and leases -----------------------------------------------------------

    @rule(
        way=ways,
        who=signers,
        cap=st.sampled_from([11 * TAO, 60 * TAO, 400 * TAO]),
        share=st.none() | st.integers(0, 100),
        end=st.none() | st.integers(1, 40),
        dest=everybody,
    )
    def create_crowdloan(
        self, way: Way, who: int, cap: int, share: int | None, end: int | None, dest: int
    ) -> None:
        world = self.world
        lease_end = None if end is None else world.number + end
        leases = share is not None
        call = made(MODULE, "register_leased_network", share, lease_end) if leases else None
        target = None if leases else EVERYBODY[dest]
        ends = world.number + 60
        args = (10 * TAO, TAO // 10, cap, ends, call, target)
        self.send(way, SIGNERS[who], "Crowdloan", "create", *args)

    def loan(self, pick: int) -> int:
        """A crowdloan that there is, if there is one."""
        there = self.world.runtime.crowdloan.crowdloans.keys()
        return there[pick % len(there)] if there else pick

    @rule(way=ways, who=picks, pick=loans, amount=amounts)
    def contribute(self, way: Way, who: int, pick: int, amount: Amount) -> None:
        signer, loan = self.payer(who), self.loan(pick)
        self.send(way, signer, "Crowdloan", "contribute", loan, self.tao(signer, amount))

    @rule(
        way=ways,
        who=signers,
        pick=loans,
        name=st.sampled_from(["finalize", "finalize", "withdraw", "refund", "dissolve"]),
    )
    def end_crowdloan(self, way: Way, who: int, pick: int, name: str) -> None:
        loan = self.loan(pick)
        found = self.world.runtime.crowdloan.crowdloans.get(loan)
        signer = SIGNERS[who] if found is None or name == "withdraw" else found.creator
        self.send(way, signer, "Crowdloan", name, loan)

    @rule(way=ways, lease=loans, hot=st.integers(0, 9))
    def terminate_lease(self, way: Way, lease: int, hot: int) -> None:
        from random_operations import KEYS

        leases = self.world.sub.subnet_leases
        lease = next(iter(leases.keys()), lease)
        found = leases.get(lease)
        signer = SIGNERS[0] if found is None else found.beneficiary
        self.stake_call(way, signer, "terminate_lease", lease, KEYS[hot])

    # -- what is refused -----------------------------------------------------------------

    @rule(
        who=signers,
        dest=everybody,
        ahead=st.sampled_from([-1, 1, 5]),
        tip=st.sampled_from([0, 10, TAO]),
    )
    def wrong_nonce(self, who: int, dest: int, ahead: int, tip: int) -> None:
        world, signer = self.world, SIGNERS[who]
        nonce = world.nonce(signer) + ahead
        if nonce < 0:
            return
        call = made("Balances", "transfer_allow_death", to(EVERYBODY[dest]), 1_000)
        self._refused(extrinsic_bytes(signer, call, nonce, tip=tip))

    @rule(who=signers, scheme=st.sampled_from([0, 1, 2]), filler=st.integers(0, 255))
    def wrong_signature(self, who: int, scheme: int, filler: int) -> None:
        kind, size = [
            (MultiSignature.Sr25519, 64),
            (MultiSignature.Ed25519, 64),
            (MultiSignature.Ecdsa, 65),
        ][scheme]
        signer = SIGNERS[who]
        if filler == 0x5A and scheme == 0:
            return
        call = made("Balances", "transfer_all", to(EVERYBODY[0]), False)
        signature = kind(bytes([filler]) * size)
        nonce = self.world.nonce(signer)
        self._refused(extrinsic_bytes(signer, call, nonce, signature=signature))

    @rule(who=signers, position=st.integers(0, 60), content=st.binary(min_size=1, max_size=3))
    def garbled(self, who: int, position: int, content: bytes) -> None:
        """Overwritten bytes: whatever comes of it, it is refused or an ordinary extrinsic."""
        world, signer = self.world, SIGNERS[who]
        call = made(MODULE, "add_stake", SIGNERS[0], 1, TAO)
        good = extrinsic_bytes(signer, call, world.nonce(signer))
        bad = bytearray(good)
        bad[position : position + len(content)] = content
        before = unsealed(world.overlay)
        if not world.apply(bytes(bad)).included:
            assert not written_since(world, before)
        self.money.check()

    def _refused(self, extrinsic: bytes) -> None:
        world = self.world
        before, events = unsealed(world.overlay), len(world.runtime.events)
        result = world.apply(extrinsic)
        assert not result.included, "it was taken in"
        assert not written_since(world, before)
        assert len(world.runtime.events) == events

    @rule(way=ways, who=signers, amount=prices)
    def not_root(self, way: Way, who: int, amount: int) -> None:
        """What only root may do."""
        before = self.world.sub.total_issuance.get()
        quiet = way._replace(blocks=0)
        self.send(quiet, SIGNERS[who], "AdminUtils", "sudo_set_total_issuance", amount)
        assert self.world.sub.total_issuance.get() == before
