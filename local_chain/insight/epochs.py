"""Why a subnet's last epoch paid what it paid.

Owns finding the epoch's block, running it again with a record, and making data of that. The rules
are the runtime's: nothing of them is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taokit.local_chain.arithmetic.fixed import I32F32
from taokit.local_chain.errors import NoEpoch
from taokit.local_chain.insight.explained import (
    EmissionSplit,
    EpochExplained,
    MatrixRow,
    MinerPaid,
    NeuronExplained,
    Rules,
    ValidatorPaid,
)
from taokit.local_chain.insight.replay import block_numbered, layer_on, replay
from taokit.local_chain.insight.typed import reader_of
from taokit.local_chain.pallets.subtensor.epoch_record import EpochRecord, RecordedDividends
from taokit.local_chain.yuma import EpochInput, EpochOutput
from taokit.local_chain.yuma.terms import Row
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["explain"]

U16_MAX = 65_535
ONE = I32F32.one


def explain(
    chain: NodeChain, netuid: int, mechanism: int = 0, at: int | None = None
) -> EpochExplained:
    """The newest epoch of a subnet's mechanism up to block `at` (None: the head).

    Raises `NoEpoch` for a subnet that is not there or has not run one, `UnknownBlock`.
    """
    at = chain.head.number if at is None else at
    block_numbered(chain, at)
    number = _epoch_block(layer_on(chain, at), netuid)
    records: list[EpochRecord] = []

    def record_of(subnet: int) -> EpochRecord | None:
        if subnet != netuid:
            return None
        records.append(EpochRecord(netuid))
        return records[-1]

    def prepare(runtime: Runtime) -> None:
        records.clear()
        runtime.subtensor.epoch_recorder = record_of

    replayed = replay(chain, number, prepare)
    if not records:
        why = "; ".join(replayed.notes)
        raise NoEpoch(
            f"block {number}, run again, has no epoch of subnet {netuid}" + (why and f": {why}"),
            hint="what development methods wrote into it is not known",
        )
    record = records[-1]
    if not 0 <= mechanism < len(record.found):
        raise NoEpoch(f"subnet {netuid} had {len(record.found)} mechanisms in block {number}")
    # Keys as they were in the epoch: an extrinsic of the same block may have replaced a neuron.
    before = layer_on(chain, chain.before(number))
    given, found, rows = record.given[mechanism], record.found[mechanism], _rows
    stages = found.stages
    assert stages is not None
    reader = reader_of(chain)
    return EpochExplained(
        netuid=netuid,
        mechanism=mechanism,
        mechanisms=len(record.found),
        block=number,
        block_hash="0x" + block_numbered(chain, number).header.hash.hex(),
        mechanism_emission=given.emission,
        rules=_rules(given),
        neurons=_neurons(before, record.hotkeys, given, found),
        weights_set=rows(given.weights, U16_MAX),
        weights=rows(stages.weights),
        clipped_weights=rows(stages.clipped_weights),
        weights_for_bonds=rows(stages.weights_for_bonds),
        bonds_before=rows(stages.bonds_before),
        bonds=rows(stages.ema_bonds),
        emission=_split(before, record),
        stored=_stored(record, mechanism),
        faithful=replayed.faithful,
        unlike=[reader.unlike(*one) for one in replayed.unlike],
        notes=replayed.notes,
    )


def _epoch_block(runtime: Runtime, netuid: int) -> int:
    """The block of the newest epoch over a state."""
    sub = runtime.subtensor
    if not sub.networks_added.get(netuid):
        raise NoEpoch(f"there is no subnet {netuid}", hint="see `taokit subnets list`")
    block: int = sub.last_mechansim_step_block.get(netuid)
    if not block:
        why = "root runs none" if netuid == 0 else "taokit localnet epoch runs one"
        raise NoEpoch(f"subnet {netuid} has not run an epoch", hint=why)
    return block


def _share(raw: int) -> float:
    return raw / ONE


def _rows(rows: Sequence[Row], one: int = ONE) -> list[MatrixRow]:
    return [
        MatrixRow(uid, [(column, value / one) for column, value in row])
        for uid, row in enumerate(rows)
        if row
    ]


def _rules(given: EpochInput) -> Rules:
    return Rules(
        tempo=given.tempo,
        activity_cutoff=given.activity_cutoff,
        kappa=given.kappa / U16_MAX,
        bonds_penalty=given.bonds_penalty / U16_MAX,
        bonds_moving_average=given.bonds_moving_average / 10**6,
        yuma=3 if given.yuma3 else 2,
        liquid_alpha=given.liquid_alpha,
        alpha_low=given.alpha_low / U16_MAX,
        alpha_high=given.alpha_high / U16_MAX,
        alpha_sigmoid_steepness=given.alpha_sigmoid_steepness / 100,
        commit_reveal=given.commit_blocks is not None,
        stake_threshold=given.stake_threshold,
        max_validators=given.max_allowed_validators,
        bonds_from_block=given.bonds_from_block,
    )


def _neurons(
    runtime: Runtime, hotkeys: Sequence[bytes], given: EpochInput, found: EpochOutput
) -> list[NeuronExplained]:
    stages = found.stages
    assert stages is not None
    owner = runtime.subtensor.owner.get
    return [
        NeuronExplained(
            uid=uid,
            hotkey=address_of(hotkey),
            coldkey=address_of(owner(hotkey)),
            last_update=given.last_update[uid],
            registered_at=given.block_at_registration[uid],
            permit=given.validator_permits[uid],
            new_permit=found.new_validator_permits[uid],
            active=found.active[uid],
            alpha_and_tao=found.stake[uid],
            stake=_share(stages.stake[uid]),
            active_stake=_share(stages.active_stake[uid]),
            consensus=_share(stages.consensus[uid]),
            rank=_share(stages.ranks[uid]),
            trust=stages.ranks[uid] / stages.preranks[uid] if stages.preranks[uid] else 0.0,
            incentive=_share(stages.incentive[uid]),
            validator_trust=_share(stages.validator_trust[uid]),
            dividends=_share(stages.dividends[uid]),
            miner_emission=found.server_emission[uid],
            validator_emission=found.validator_emission[uid],
        )
        for uid, hotkey in enumerate(hotkeys)
    ]


def _split(runtime: Runtime, record: EpochRecord) -> EmissionSplit:
    uid_of = {hotkey: uid for uid, hotkey in enumerate(record.hotkeys)}
    owner = runtime.subtensor.subnet_owner_hotkey

    def paid(divided: Sequence[RecordedDividends]) -> list[ValidatorPaid]:
        return [
            ValidatorPaid(uid_of.get(one.hotkey), address_of(one.hotkey), one.take, one.rest)
            for one in divided
        ]

    def withheld(fate: str) -> int:
        return sum(one.amount for one in record.miners if one.fate == fate)

    return EmissionSplit(
        miners_pending=record.pending_server,
        validators_pending=record.pending_validator,
        root_pending=record.pending_root,
        owner_cut=record.owner_cut,
        owner=address_of(owner.get(record.netuid)) if record.owner_paid else None,
        miners=[
            MinerPaid(
                uid_of.get(one.hotkey),
                address_of(one.hotkey),
                one.amount,
                one.fate,
                None if one.destination is None else address_of(one.destination),
            )
            for one in record.miners
        ],
        validators=paid(record.validators),
        root=paid(record.root),
        burned=withheld("burned"),
        recycled=withheld("recycled") + record.childkey_burn,
        total=record.pending_server
        + record.pending_validator
        + record.pending_root
        + record.owner_cut,
    )


def _stored(record: EpochRecord, mechanism: int) -> dict[str, Any]:
    result, found = record.result, record.found[mechanism]
    assert result is not None
    return {
        "Incentive": list(found.incentive),
        "Bonds": [[list(entry) for entry in row] for row in found.bonds],
        "Active": list(result.active),
        "Consensus": list(result.consensus),
        "Dividends": list(result.dividends),
        "Emission": list(result.emission),
        "StakeWeight": list(result.stake_weight),
        "ValidatorPermit": list(result.new_validator_permits),
        "ValidatorTrust": list(result.validator_trust),
    }
