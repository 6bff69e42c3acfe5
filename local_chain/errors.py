"""Errors of the local chain, and the numbers that clients see for them.

Owns what the node, its pool and its RPC server report on purpose. Does not own dispatch errors
(``frame.errors``): those are results inside a block, not failures of the node.

    LocalChainError
    ├── PoolError               the pool refused an extrinsic (codes 1001, 1002, 1010 to 1021)
    ├── UnknownBlock            no block of that hash or number
    ├── UnknownExtrinsic        no extrinsic of that hash, or at that place
    ├── NoEpoch                 a subnet has not run an epoch yet
    ├── UnknownRuntimeApi       the runtime has no such API method
    ├── ExecutionFailed         a runtime API method was called with bad input, or trapped
    ├── BlockFailed             sealing stopped on a fault of the runtime; nothing was kept
    ├── InvalidNodeConfig       a setting of the node that cannot be used
    ├── InvalidPulse            a drand pulse that the chain cannot take
    ├── ClockError              the clock was asked to go back
    ├── SnapshotError           no snapshot of that name, or one too many
    ├── ChainStoreError         a chain on disk cannot be used: in use, of another kind, full
    │   └── DamagedChain        it is not what was written
    ├── ScenarioError           a scenario that cannot be read or played
    └── PortInUse               something else listens on the port
"""

from __future__ import annotations

from taokit.wallet.errors import TaokitError

__all__ = [
    "BlockFailed",
    "ChainStoreError",
    "ClockError",
    "DamagedChain",
    "ExecutionFailed",
    "InvalidNodeConfig",
    "InvalidPulse",
    "LocalChainError",
    "NoEpoch",
    "PoolError",
    "PortInUse",
    "ScenarioError",
    "SnapshotError",
    "UnknownBlock",
    "UnknownExtrinsic",
    "UnknownRuntimeApi",
]


class LocalChainError(TaokitError):
    """Anything that the local chain reports on purpose."""

    code = "local_chain_error"


class PoolError(LocalChainError):
    """The pool refused an extrinsic.

    ``rpc_code`` and ``rpc_data`` are what `author_submitExtrinsic` answers; ``kind`` is the name
    of the `InvalidTransaction` variant, or of the pool's own reason.
    """

    code = "pool_rejected"

    def __init__(
        self, message: str, *, rpc_code: int, kind: str, rpc_data: str | None = None
    ) -> None:
        super().__init__(message)
        self.rpc_code = rpc_code
        self.kind = kind
        self.rpc_data = rpc_data


class UnknownBlock(LocalChainError):
    """No block of that hash or number was sealed by this chain."""

    code = "unknown_block"

    def __init__(self, block: str) -> None:
        super().__init__(f"no block {block} on this chain")
        self.block = block


class UnknownExtrinsic(LocalChainError):
    """No block has that extrinsic."""

    code = "unknown_extrinsic"

    def __init__(self, extrinsic: str) -> None:
        super().__init__(f"no block of this chain has the extrinsic {extrinsic}")
        self.extrinsic = extrinsic


class NoEpoch(LocalChainError):
    """There is no epoch of that subnet to tell about."""

    code = "no_epoch"


class UnknownRuntimeApi(LocalChainError):
    """The runtime declares no such API method. ``method`` is `Trait_method`."""

    code = "unknown_runtime_api"

    def __init__(self, method: str) -> None:
        super().__init__(f"the runtime has no API method {method}")
        self.method = method


class ExecutionFailed(LocalChainError):
    """A runtime API method could not run: malformed arguments, or a fault inside it."""

    code = "execution_failed"


class BlockFailed(LocalChainError):
    """The runtime raised while a block was built; the block was discarded.

    ``extrinsic`` is the hash of the one being applied, if it was one; it left the pool.
    """

    code = "block_failed"

    def __init__(self, message: str, *, number: int, extrinsic: bytes | None = None) -> None:
        super().__init__(message)
        self.number = number
        self.extrinsic = extrinsic


class InvalidNodeConfig(LocalChainError):
    """A setting of the node that cannot be used; ``setting`` names it."""

    code = "invalid_node_config"

    def __init__(self, message: str, *, setting: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


class InvalidPulse(LocalChainError):
    """A drand pulse is malformed, not signed by the chain's beacon, or not a newer round."""

    code = "invalid_pulse"


class ClockError(LocalChainError):
    """Chain time only goes forward."""

    code = "clock_error"


class SnapshotError(LocalChainError):
    """There is no snapshot of that name, or there is one already, or there are too many."""

    code = "snapshot_error"


class ChainStoreError(LocalChainError):
    """A chain on disk cannot be read or written."""

    code = "chain_store_error"


class DamagedChain(ChainStoreError):
    """A chain on disk is not what was written there."""

    code = "damaged_chain"

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            hint="`taokit localnet check` says what is wrong; load a dump, or begin a new chain",
        )


class ScenarioError(LocalChainError):
    """A scenario that cannot be read or played; ``path`` is where in it, `subnets[0].tempo`.

    ``line`` and ``column``, from 1 on, are where that stands in its text, if it has one.
    """

    code = "scenario_error"

    def __init__(self, message: str, *, path: str = "", hint: str | None = None) -> None:
        super().__init__(f"{path}: {message}" if path else message, hint=hint)
        self.path = path
        self.line: int | None = None
        self.column: int | None = None

    def placed(self, file: str, place: tuple[int, int] | None) -> ScenarioError:
        """The same, with its place in a file in front."""
        where = f"{file}:{place[0]}:{place[1]}" if place else file
        said = ScenarioError(f"{where}: {self.message}" if file else self.message, hint=self.hint)
        said.path = self.path
        said.line, said.column = place or (None, None)
        return said


class PortInUse(LocalChainError):
    """Something else listens on the port already."""

    code = "port_in_use"

    def __init__(self, port: int, host: str) -> None:
        super().__init__(
            f"port {port} on {host} is in use",
            hint="stop the other process, or choose another with --port (0 picks a free one)",
        )
        self.port = port
        self.host = host
