"""Keeping a chain on disk while it runs, and taking it up again.

Owns what a store says of the chain in it, and that a chain is only taken up as what it was. Does
not own the store (`store`) nor the chain (`node.chain`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import ChainStoreError
from taokit.local_chain.persistence.dump import read_dump, write_dump
from taokit.local_chain.persistence.schema import FILE_NAME
from taokit.local_chain.persistence.store import ChainStore
from taokit.local_chain.persistence.stored_on import StoredOn
from taokit.local_chain.version import SPEC_VERSION

if TYPE_CHECKING:
    from taokit.local_chain.fork.forking import Fork
    from taokit.local_chain.node.block_history import BlockBase
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block
    from taokit.local_chain.node.runtime_protocol import Changes, Journal
    from taokit.local_chain.node_config import NodeConfig
    from taokit.local_chain.state.base import Base

__all__ = ["FILE_NAME", "Kept", "ensure_kind", "kind_of"]


def kind_of(config: NodeConfig, fork: Fork | None = None) -> dict[str, Any]:
    """What a chain is made as, and stays: the settings that change its runtime or its genesis."""
    kind: dict[str, Any] = {
        "spec_version": SPEC_VERSION,
        "preset": config.preset,
        "limits": config.limits,
        "guards": config.guards,
        "beacon": config.beacon,
        "sqrt_prices": config.sqrt_prices,
        "features": sorted(config.features),
    }
    if fork is not None:
        kind["fork"] = {"url": fork.node.url, "block": "0x" + fork.hash.hex()}
        kind["after"] = fork.number
    return kind


def ensure_kind(meta: Mapping[str, Any], kind: Mapping[str, Any], path: Path) -> None:
    """Raise `ChainStoreError` where a stored chain is not what is wanted."""
    for name, wanted in kind.items():
        if name == "fork":
            continue  # it was opened at the block that is kept; the endpoint may be another one
        if name in meta and meta[name] != wanted:
            shown = name.replace("_", "-")
            raise ChainStoreError(
                f"the chain in {path} was made with {shown} {meta[name]}, not {wanted}",
                hint=f"start it with {shown} {meta[name]}, or use another place",
            )


class Kept:
    """Where a node's chain comes from and goes to, by its config.

    ``state`` and ``blocks`` are what it begins on; ``journal`` is told each block; all None for a
    new chain in memory. ``config`` is the config with what a fork says filled in.
    """

    def __init__(self, config: NodeConfig) -> None:
        self.config = config
        self.state: Base | None = None
        self.blocks: BlockBase | None = None
        self.journal: Journal | None = None
        self.fork: Fork | None = None
        self._open = ExitStack()
        try:
            self._begin()
        except BaseException:
            self._open.close()
            raise

    def _begin(self) -> None:
        config, store = self.config, self._stored()
        self._open_fork(store)
        kind = kind_of(self.config, self.fork)
        if config.data_dir is not None and store is None:
            path = config.data_dir / FILE_NAME
            config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            store = self._open.enter_context(ChainStore.create(path, kind))
        elif store is not None:
            ensure_kind(store.meta, kind, config.data_dir or config.state or store.path)
        base: ChainStore | StoredOn | None = store
        if self.fork is not None:
            self.state, self.blocks = self.fork.state, self.fork.blocks
            if store is not None:
                base = StoredOn(store, self.fork.state, self.fork.blocks)
        if base is not None and base.height >= 0:
            self.state = self.blocks = base
        self.journal = base if config.data_dir is not None else None

    def _stored(self) -> ChainStore | None:
        """The store that is there already: in the data directory, or in the state file."""
        config = self.config
        if config.data_dir is not None and (config.data_dir / FILE_NAME).exists():
            return self._open.enter_context(ChainStore.open(config.data_dir / FILE_NAME))
        if config.state is not None and config.state.exists():
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="taokit-state-"))
            path = Path(folder) / FILE_NAME
            read_dump(config.state, path)
            return self._open.enter_context(ChainStore.open(path))
        return None

    def _open_fork(self, store: ChainStore | None) -> None:
        from taokit.local_chain.fork.forking import ForkPoint, open_fork

        point = self.config.fork
        if store is not None and point is not None and "fork" not in store.meta:
            raise ChainStoreError(
                "the chain that is kept there is no fork", hint="keep the fork in another place"
            )
        if store is not None and "fork" in store.meta:
            told = store.meta["fork"]  # the same block, perhaps from another endpoint
            url = told["url"] if point is None else point.url
            point = ForkPoint(url, told["block"])
        if point is None:
            return
        fork = open_fork(point, self.config.fork_cache, force=self.config.force_fork)
        self._open.callback(fork.close)
        self.fork = fork
        self.config = replace(self.config, preset=fork.preset)

    def follow(self, chain: NodeChain) -> None:
        """Write the state file whenever the config says so."""
        every = self.config.dump_every

        def note(block: Block, _: Changes) -> None:
            if not block.header.number % every:
                self.dump(chain)

        if every:
            chain.on_new_block.add(note)

    def dump(self, chain: NodeChain, path: Path | None = None) -> int:
        """Write the chain into a file (None: the config's); its size in bytes."""
        path = path or self.config.state
        if path is None:
            raise ChainStoreError("dump the chain into which file?")
        return write_dump(path, kind_of(self.config, self.fork), chain)

    def abandon(self) -> None:
        """Give everything back, and write nothing."""
        self._open.close()

    def end(self, chain: NodeChain) -> None:
        """Write the state file if there is to be one, and give everything back."""
        with self._open:
            if self.config.state is not None:
                self.dump(chain)
