"""`author_*`: submitting transactions and following them; the next nonce of an account."""

from __future__ import annotations

from collections.abc import Callable

from taokit.local_chain.node.transaction_status import TransactionStatus
from taokit.local_chain.rpc.params import AccountAddress, BlockHash, HexBytes, to_hex
from taokit.local_chain.rpc.registry import Emit, Json, Node, method, subscription


def status_json(status: TransactionStatus) -> Json:
    """A status as `sc_transaction_pool_api::TransactionStatus` serialises it."""
    hash = status.block or status.by
    return {status.name: to_hex(hash)} if hash else status.name


@method("author_submitExtrinsic")
def submit_extrinsic(node: Node, extrinsic: HexBytes) -> Json:
    return to_hex(node.chain.submit(extrinsic))


@method("author_pendingExtrinsics")
def pending_extrinsics(node: Node) -> Json:
    return [to_hex(extrinsic) for extrinsic in node.chain.pending()]


@method("author_removeExtrinsic")
def remove_extrinsic(node: Node, hashes: list[BlockHash]) -> Json:
    """Drop transactions, and those that need them, from the pool; the hashes that went."""
    return [to_hex(hash) for hash in node.chain.withdraw([*hashes])]


@method("account_nextIndex", "system_accountNextIndex")
def next_index(node: Node, account: AccountAddress) -> Json:
    return node.chain.next_index(account)


@subscription(
    "author_submitAndWatchExtrinsic",
    unsubscribe=("author_unwatchExtrinsic",),
    notification="author_extrinsicUpdate",
)
def submit_and_watch_extrinsic(node: Node, emit: Emit, extrinsic: HexBytes) -> Callable[[], None]:
    def tell(status: TransactionStatus) -> None:
        emit(status_json(status))
        if status.is_final:
            emit.finish()

    def told(status: TransactionStatus) -> None:
        if status.name == "finalized":
            emit.once_read(to_hex(status.block or b""), lambda: tell(status))
        else:
            tell(status)

    return node.chain.watch(extrinsic, told).cancel
