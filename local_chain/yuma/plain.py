"""The epoch one integer at a time: slow, and the definition that the fast path is held to.

Owns: `epoch_plain`, a statement-by-statement counterpart of Subtensor's sparse `epoch_mechanism`
with every saturation kept. It is used where the fast path's ranges do not hold, and by the tests.
Does not own the numbers' meaning (`terms`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taokit.local_chain.arithmetic.fixed import I32F32, I64F64
from taokit.local_chain.yuma import vectors
from taokit.local_chain.yuma.liquid_alpha import alpha_sigmoid, bonds_alpha, liquid_parameters
from taokit.local_chain.yuma.stake import StakeView, stake_view
from taokit.local_chain.yuma.terms import NO_COMMIT, EpochInput, EpochOutput, EpochStages

__all__ = [
    "epoch_plain",
    "interpolate_rows",
    "mat_ema_alpha_rows",
    "mat_ema_rows",
    "weighted_median",
    "weighted_median_columns",
]

Rows = list[list[tuple[int, int]]]

_ONE = I32F32.one
_add = I32F32.saturating_add
_sub = I32F32.saturating_sub
_mul = I32F32.saturating_mul
_div = I32F32.safe_div


def mask_entries(rows: Rows, dropped: Callable[[int, int], bool]) -> Rows:
    """The rows without the entries (row, uid) for which `dropped` holds."""
    return [
        [(uid, value) for uid, value in row if not dropped(index, uid)]
        for index, row in enumerate(rows)
    ]


def row_normalize(rows: Rows) -> Rows:
    """Each row divided by its sum, if positive (`inplace_row_normalize_sparse`)."""
    result = []
    for row in rows:
        total = I32F32.wrap(sum(value for _, value in row))
        result.append([(uid, _div(value, total)) for uid, value in row] if total > 0 else row)
    return result


def column_normalize(rows: Rows, columns: int) -> Rows:
    """Each column divided by its sum, if not zero (`inplace_col_normalize_sparse`)."""
    totals = [0] * columns
    for row in rows:
        for uid, value in row:
            if uid < columns:
                totals[uid] = _add(totals[uid], value)
    return _divide_columns(rows, totals)


def column_max_upscale(rows: Rows, columns: int) -> Rows:
    """Each column divided by its largest value (`inplace_col_max_upscale_sparse`)."""
    largest = [0] * columns
    for row in rows:
        for uid, value in row:
            if uid < columns:
                largest[uid] = max(largest[uid], value)
    return _divide_columns(rows, largest)


def _divide_columns(rows: Rows, divisors: Sequence[int]) -> Rows:
    return [
        [
            (uid, _div(value, divisors[uid]))
            if uid < len(divisors) and divisors[uid] != 0
            else (uid, value)
            for uid, value in row
        ]
        for row in rows
    ]


def weighted_median(
    stake: Sequence[int], score: Sequence[int], minority: int, low: int, high: int
) -> int:
    """Stake-weighted median by partition around the middle item's score (`weighted_median`).

    `low` and `high` bound the stake below and up to the partition. Raw I32F32; 0 without items.
    """
    partition = list(range(len(score)))
    while len(partition) > 1:
        pivot = score[partition[len(partition) // 2]]
        lower = [index for index in partition if score[index] < pivot]
        upper = [index for index in partition if score[index] > pivot]
        low_stake = sum(stake[index] for index in lower)
        high_stake = sum(stake[index] for index in upper)
        if minority < _add(low, low_stake) and lower:
            partition, high = lower, _add(low, low_stake)
        elif _sub(high, high_stake) <= minority and upper:
            partition, low = upper, _sub(high, high_stake)
        else:
            return pivot
    return score[partition[0]] if partition else 0


def weighted_median_columns(
    stake: Sequence[int], rows: Rows, columns: int, majority: int
) -> list[int]:
    """Weighted median of each column over rows with stake (`weighted_median_col_sparse`)."""
    used = [index for index, amount in enumerate(stake) if amount > 0]
    weights = vectors.normalize([stake[index] for index in used])
    total = I32F32.wrap(sum(weights))
    minority = _sub(total, majority)
    scores = [[0] * len(used) for _ in range(columns)]
    for position, index in enumerate(used):
        for uid, value in rows[index]:
            if uid < columns:
                scores[uid][position] = value
    return [weighted_median(weights, column, minority, 0, total) for column in scores]


def clip_rows(rows: Rows, threshold: Sequence[int]) -> Rows:
    """Each value cut down to its column's threshold; dropped where that is zero."""
    result = []
    for row in rows:
        clipped = []
        for uid, value in row:
            limit = threshold[uid] if uid < len(threshold) else 0
            if limit >= value:
                clipped.append((uid, value))
            elif limit > 0:
                clipped.append((uid, limit))
        result.append(clipped)
    return result


def interpolate_rows(first: Rows, second: Rows, columns: int, ratio: int) -> Rows:
    """first + ratio * (second - first), positive values in uid order (`interpolate_sparse`).

    At ratio 0 and 1 the matrix itself, zeros and order kept.
    """
    if ratio == 0:
        return first
    if ratio == _ONE:
        return second
    result = []
    for row_first, row_second in zip(first, second, strict=True):
        left, right = dict(row_first), dict(row_second)
        row = []
        for uid in range(columns):
            base = left.get(uid, 0)
            value = _add(base, _mul(ratio, _sub(right.get(uid, 0), base)))
            if value > 0:
                row.append((uid, value))
        result.append(row)
    return result


def mat_ema_rows(new: Rows, old: Rows, alpha: int) -> Rows:
    """alpha * new + (1 - alpha) * old, positive values in uid order (`mat_ema_sparse`)."""
    columns = len(new)
    kept = _sub(_ONE, alpha)
    result = []
    for row_new, row_old in zip(new, old, strict=True):
        values = [0] * columns
        for factor, row in ((alpha, row_new), (kept, row_old)):
            for uid, value in row:
                if uid < columns:
                    values[uid] = _add(values[uid], _mul(factor, value))
        result.append([(uid, value) for uid, value in enumerate(values) if value > 0])
    return result


def mat_ema_alpha_rows(new: Rows, old: Rows, alphas: Sequence[Sequence[int]]) -> Rows:
    """The average with an alpha per entry, only where `new` has one (`mat_ema_alpha_sparse`).

    Order and duplicates are those of `new`; the result is clipped to 0..1, zeros dropped.
    """
    result = []
    for row_new, row_old, alpha in zip(new, old, alphas, strict=True):
        decayed = [0] * len(alpha)
        for uid, value in row_old:
            if uid < len(alpha):
                decayed[uid] = _mul(_sub(_ONE, alpha[uid]), value)
        row = []
        for uid, value in row_new:
            if uid < len(alpha):
                grown = max(_mul(alpha[uid], value), 0)
                combined = min(_add(decayed[uid], grown), _ONE)
                if combined > 0:
                    row.append((uid, combined))
        result.append(row)
    return result


def _merged(row: Sequence[tuple[int, int]], columns: int) -> list[int]:
    """Values by uid as the runtime's merge sees them: an entry behind a larger uid is missed."""
    values = [0] * columns
    position = 0
    for uid in range(columns):
        while position < len(row) and row[position][0] < uid:
            position += 1
        if position < len(row) and row[position][0] == uid:
            values[uid] = row[position][1]
    return values


def _liquid_alphas(
    data: EpochInput, weights: Rows, bonds: Rows, consensus: Sequence[int]
) -> list[list[int]]:
    parameters = liquid_parameters(data)
    columns = len(consensus)
    return [
        [
            alpha_sigmoid(*entry, parameters)
            for entry in zip(
                consensus, _merged(row_w, columns), _merged(row_b, columns), strict=True
            )
        ]
        for row_w, row_b in zip(weights, bonds, strict=True)
    ]


def _weights(data: EpochInput, view: StakeView) -> Rows:
    count = data.neurons
    rows: Rows = [
        [(uid, I32F32.from_int(value)) for uid, value in row if uid < count]
        if view.permits[index]
        else []
        for index, row in enumerate(data.weights)
    ]
    owner = data.owner_uid
    registered = data.block_at_registration
    rows = mask_entries(rows, lambda row, uid: row == uid and uid != owner)
    rows = mask_entries(rows, lambda row, uid: data.last_update[row] <= registered[uid])
    if data.commit_blocks is not None:
        commits = [NO_COMMIT if block is None else block for block in data.commit_blocks]
        rows = mask_entries(rows, lambda row, uid: commits[row] < registered[uid])
    return row_normalize(rows)


def _existing(rows: Rows, count: int) -> Rows:
    return [[(uid, value) for uid, value in row if uid < count] for row in rows]


def _ranks(rows: Rows, stakes: Sequence[int]) -> list[int]:
    ranks = [0] * len(rows)
    for stake, row in zip(stakes, rows, strict=True):
        for uid, value in row:
            ranks[uid] = _add(ranks[uid], _mul(stake, value))
    return ranks


def _bonds(
    data: EpochInput,
    view: StakeView,
    weights: Rows,
    consensus: Sequence[int],
    incentive: Sequence[int],
) -> tuple[Rows, list[int], Rows]:
    count = data.neurons
    alpha = bonds_alpha(data.bonds_moving_average)
    registered = [*data.block_at_registration]
    since = data.bonds_from_block
    stored = mask_entries(
        [[(uid, I32F32.from_int(value)) for uid, value in row] for row in data.bonds],
        lambda _, uid: since <= (registered[uid] if uid < count else 0),
    )
    if data.yuma3:
        u16_max = I32F32.from_int(65_535)
        old = [[(uid, _div(value, u16_max)) for uid, value in row] for row in stored]
        if data.liquid_alpha and any(consensus):
            ema = mat_ema_alpha_rows(weights, old, _liquid_alphas(data, weights, old, consensus))
        else:
            ema = mat_ema_rows(weights, old, alpha)
        normal = column_normalize(ema, count)
        totals = [
            I32F32.wrap(sum(_mul(value, incentive[uid]) for uid, value in row)) for row in normal
        ]
        dividends = [
            I32F32.checked_mul(total, stake) or 0
            for total, stake in zip(totals, view.active_stake, strict=True)
        ]
        return ema, vectors.normalize(dividends), _existing(old, count)
    old = column_normalize(stored, count)
    delta = [
        [(uid, _mul(value, stake)) for uid, value in row]
        for row, stake in zip(weights, view.active_stake, strict=True)
    ]
    ema = mat_ema_rows(column_normalize(delta, count), old, alpha)
    ema = column_normalize(ema, count)
    dividends = []
    for row in ema:
        total = 0
        for uid, value in row:
            total = _add(total, _mul(incentive[uid], value))
        dividends.append(total)
    return column_max_upscale(ema, count), vectors.normalize(dividends), _existing(old, count)


def epoch_plain(data: EpochInput, *, explain: bool = False) -> EpochOutput:
    """One mechanism's epoch by the letter of `epoch_mechanism` (Subtensor epoch/run_epoch.rs)."""
    count = data.neurons
    view = stake_view(data)
    weights = _weights(data, view)
    kappa = I32F32.ratio(data.kappa, 65_535)
    consensus = weighted_median_columns(view.active_stake, weights, count, kappa)
    clipped = clip_rows(weights, consensus)
    trust = [I32F32.wrap(sum(value for _, value in row)) for row in clipped]
    ranks = _ranks(clipped, view.active_stake)
    incentive = vectors.normalize(ranks)
    penalty = I32F32.ratio(data.bonds_penalty, 65_535)
    for_bonds = interpolate_rows(weights, clipped, count, penalty)
    ema, dividends, bonds_before = _bonds(data, view, for_bonds, consensus, incentive)
    emission = vectors.emission_scores(incentive, dividends, view.active_stake, view.stake)
    stages = EpochStages(
        stake=view.stake,
        active_stake=view.active_stake,
        weights=weights,
        consensus=consensus,
        clipped_weights=clipped,
        validator_trust=trust,
        preranks=_ranks(weights, view.active_stake),
        ranks=ranks,
        incentive=incentive,
        weights_for_bonds=for_bonds,
        bonds_before=bonds_before,
        ema_bonds=ema,
        dividends=dividends,
        server_emission=emission.server,
        validator_emission=emission.validator,
        combined_emission=emission.combined,
    )
    return EpochOutput(
        active=view.active,
        stake=[I64F64.to_u64(amount) for amount in data.stake],
        stake_weight=vectors.to_u16_parts(view.stake),
        consensus=vectors.to_u16_parts(consensus),
        incentive=vectors.to_u16_parts(incentive),
        dividends=vectors.to_u16_parts(dividends),
        validator_trust=vectors.to_u16_parts(trust),
        emission=vectors.to_rao(emission.combined, data.emission),
        server_emission=vectors.to_rao(emission.server, data.emission),
        validator_emission=vectors.to_rao(emission.validator, data.emission),
        new_validator_permits=view.new_permits,
        bonds=[
            [(uid, vectors.to_u16_part(value)) for uid, value in row] if permit else []
            for row, permit in zip(ema, view.new_permits, strict=True)
        ],
        stages=stages if explain else None,
    )
