"""What authors hand in: bundles of files, known by the hash of their bytes.

Owns making and unpacking bundles, keeping them by hash, fetching them from where an author says,
and the values of a commitment to one. Does not own what a bundle means (a mechanism), nor running
it (``taokit.neuron.sandbox``). Names are imported when first used.

    digest, data = bundle("my_agent/")               # the author
    store = ArtifactStore("artifacts/", Store("validator.sqlite"))
    data = await fetch(url, digest)                  # the validator
    store.put(data); store.unpack(digest, folder)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.artifacts.bundles import Caps, bundle, contents, digest_of, unpack
    from taokit.neuron.artifacts.fetching import Fetcher, FetchRules, fetch
    from taokit.neuron.artifacts.kept import Artifact, ArtifactStore
    from taokit.neuron.artifacts.sealing import Sealed, opens, seal

__all__ = [
    "Artifact",
    "ArtifactStore",
    "Caps",
    "FetchRules",
    "Fetcher",
    "Sealed",
    "bundle",
    "contents",
    "digest_of",
    "fetch",
    "opens",
    "seal",
    "unpack",
]

_HOMES = {
    "Caps": "bundles",
    "bundle": "bundles",
    "contents": "bundles",
    "digest_of": "bundles",
    "unpack": "bundles",
    "FetchRules": "fetching",
    "Fetcher": "fetching",
    "fetch": "fetching",
    "Artifact": "kept",
    "ArtifactStore": "kept",
    "Sealed": "sealing",
    "opens": "sealing",
    "seal": "sealing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
