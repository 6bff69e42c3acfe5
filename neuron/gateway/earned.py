"""What each miner has earned, as the validator whose store it is sees it: what buyers' traffic
follows.

Owns that reading of the store. Does not own scores (``ScoreBook``) nor weights (``WeightSetter``).
"""

from __future__ import annotations

from collections.abc import Mapping

from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.store import CommitLog, ScoreBook, Store

__all__ = ["Earned"]


class Earned:
    """Shares of miners, on any scale: the weight that was sent last, times the score of today.

    So whoever is not paid, because of a mechanism's probation or a bar, is not sold from either,
    and who does badly since the last epoch loses traffic before it ends. Before weights were ever
    sent it is the score alone. A hotkey that is not in it was never judged.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._book = ScoreBook(store)

    def __call__(self, snap: Snapshot) -> Mapping[Hotkey, float]:
        """As of a snapshot."""
        scores = dict(self._book.items())
        weights = self._weights(snap)
        if weights is None:
            return scores
        return {hotkey: score * weights.get(hotkey, 0.0) for hotkey, score in scores.items()}

    def _weights(self, snap: Snapshot) -> Mapping[Hotkey, float] | None:
        row = self._store.row(
            "SELECT hotkey FROM commits WHERE netuid = ? AND mechanism = 0 AND state != 'lost' "
            "ORDER BY id DESC LIMIT 1",
            (snap.netuid,),
        )
        sent = None if row is None else CommitLog(self._store, row["hotkey"], snap.netuid).last()
        if sent is None:
            return None
        by_uid = dict(zip(sent.receipt.uids, sent.receipt.values))
        return {
            neuron.hotkey: by_uid.get(neuron.uid, 0) / 65_535
            for neuron in snap.neurons
            if neuron.registered_at <= sent.receipt.block and neuron.hotkey != snap.owner_hotkey
        }
