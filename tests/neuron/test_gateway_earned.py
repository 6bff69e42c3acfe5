"""What buyers' traffic follows: what the validator pays, and how well a miner did since."""

from __future__ import annotations

from gateway_market import GATEWAY

from taokit.neuron.chain import WeightsReceipt
from taokit.neuron.gateway.earned import Earned
from taokit.neuron.messages import Reason, Verdict
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.store import CommitLog, ScoreBook, Store
from taokit.wallet import Keypair

OWNER, STEADY, WORSE, BARRED, NEW = (
    Keypair.from_uri(f"//market//{name}").ss58_address for name in "oswbn"
)
FULL = 65_535


def judged(hotkey: str, quality: float) -> Verdict:
    reason = Reason.OK if quality else Reason.LATE
    return Verdict(hotkey=hotkey, task="0" * 64, quality=quality, ok=bool(quality), reason=reason)


def test_who_is_not_paid_is_not_sold_from_and_who_got_worse_since_is_sold_from_less() -> None:
    old = [Neuron(uid, hotkey, "cold") for uid, hotkey in enumerate((OWNER, STEADY, WORSE, BARRED))]
    snap = Snapshot(2, 9, "0x00", OWNER, (*old, Neuron(4, NEW, "cold", registered_at=8)))
    with Store(":memory:") as store:
        book, earned = ScoreBook(store, alpha=0.5), Earned(store)
        for hotkey in (STEADY, WORSE, BARRED):
            book.add(judged(hotkey, 1.0), 1)
        assert earned(snap) == {STEADY: 0.5, WORSE: 0.5, BARRED: 0.5}  # nobody was paid yet
        # The owner's weight is burned; the uid 4 was another's when weights were sent.
        sent = WeightsReceipt("plain", 5, uids=(0, 1, 2, 4), values=(FULL, FULL, FULL, FULL))
        CommitLog(store, GATEWAY.ss58_address, 2).prepare(sent)
        book.add(judged(WORSE, 0.0), 6)
        book.add(judged(NEW, 1.0), 8)
        assert earned(snap) == {STEADY: 0.5, WORSE: 0.25, BARRED: 0.0, NEW: 0.0}
