"""Keeping a chain on disk while it runs, and taking it up again.

Owns what a store says of the chain in it, and that a chain is only taken up as what it was. Does
not own the store (`store`) nor the chain (`node.chain`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.local_chain.errors import ChainStoreError
from taokit.local_chain.persistence.dump import read_dump, write_dump
from taokit.local_chain.persistence.schema import FILE_NAME
from taokit.local_chain.persistence.store import ChainStore
from taokit.local_chain.version import SPEC_VERSION

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block
    from taokit.local_chain.node.runtime_protocol import Changes
    from taokit.local_chain.node_config import NodeConfig

__all__ = ["FILE_NAME", "Kept", "ensure_kind", "kind_of", "loaded", "open_or_create"]


def kind_of(config: NodeConfig) -> dict[str, Any]:
    """What a chain is made as, and stays: the settings that change its runtime or its genesis."""
    return {
        "spec_version": SPEC_VERSION,
        "preset": config.preset,
        "limits": config.limits,
        "guards": config.guards,
        "beacon": config.beacon,
        "sqrt_prices": config.sqrt_prices,
        "features": sorted(config.features),
    }


def open_or_create(directory: Path, config: NodeConfig) -> ChainStore:
    """The store in a data directory, new if there is none. Raises `ChainStoreError`."""
    path = directory / FILE_NAME
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ChainStore.create(path, kind_of(config))
    store = ChainStore.open(path)
    try:
        ensure_kind(store.meta, config, path)
    except BaseException:
        store.close()
        raise
    return store


def ensure_kind(meta: Mapping[str, Any], config: NodeConfig, path: Path) -> None:
    """Raise `ChainStoreError` where a stored chain is not what the config wants."""
    for name, wanted in kind_of(config).items():
        if name in meta and meta[name] != wanted:
            shown = name.replace("_", "-")
            raise ChainStoreError(
                f"the chain in {path} was made with {shown} {meta[name]}, not {wanted}",
                hint=f"start it with {shown} {meta[name]}, or use another place",
            )


@contextmanager
def loaded(dump: Path, config: NodeConfig) -> Iterator[ChainStore]:
    """The store of a dump, in a temporary folder that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="taokit-state-") as folder:
        path = Path(folder) / FILE_NAME
        read_dump(dump, path)
        with ChainStore.open(path) as store:
            ensure_kind(store.meta, config, dump)
            yield store


class Kept:
    """Where a node's chain comes from and goes to, by its config.

    ``store`` is what it begins on; ``journal`` is told each block. Both None for a chain in memory.
    """

    def __init__(self, config: NodeConfig) -> None:
        self._config = config
        self._open = ExitStack()
        self.store: ChainStore | None = None
        if config.data_dir is not None:
            self.store = self._open.enter_context(open_or_create(config.data_dir, config))
        elif config.state is not None and config.state.exists():
            self.store = self._open.enter_context(loaded(config.state, config))

    @property
    def journal(self) -> ChainStore | None:
        """The store, if it is to grow with the chain."""
        return self.store if self._config.data_dir is not None else None

    def follow(self, chain: NodeChain) -> None:
        """Write the state file whenever the config says so."""
        every = self._config.dump_every

        def note(block: Block, _: Changes) -> None:
            if not block.header.number % every:
                self.dump(chain)

        if every:
            chain.on_new_block.add(note)

    def dump(self, chain: NodeChain, path: Path | None = None) -> int:
        """Write the chain into a file (None: the config's); its size in bytes."""
        path = path or self._config.state
        if path is None:
            raise ChainStoreError("dump the chain into which file?")
        return write_dump(path, kind_of(self._config), *chain.whole)

    def abandon(self) -> None:
        """Give everything back, and write nothing."""
        self._open.close()

    def end(self, chain: NodeChain) -> None:
        """Write the state file if there is to be one, and give everything back."""
        with self._open:
            if self._config.state is not None:
                self.dump(chain)
