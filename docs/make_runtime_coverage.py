"""Write docs/runtime-coverage.md: the local chain's interface beside that of the main network.

Compares metadata with metadata: the local chain's own against the recording of runtime 424 in
tests/data. Run it when calls are added: `.venv/bin/python docs/make_runtime_coverage.py`.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from taokit.chain_client.metadata import Metadata
from taokit.local_chain import NodeConfig, open_chain

HERE = Path(__file__).parent
RECORDED = HERE.parent / "tests" / "data" / "finney-424" / "metadata-v16.scale.xz"
PAGE = HERE / "runtime-coverage.md"

HEAD = """# Coverage of the runtime

What the local chain has of the interface of runtime 424, the main network's. Made by
`docs/make_runtime_coverage.py` from the two metadata; a test compares it with the code. What is not
listed as there is not in the local chain's metadata, so a client says at once that there is no such
pallet or call: nothing pretends to succeed.

Whether a call that is there does what the real one does is not measured here; the tests in
`tests/local_chain/` compare results with the rules and vectors of the real runtime.

## Pallets that are there

Calls, storage items, events and constants with the real names and indices.

| pallet | calls | storage items | events | constants |
|---|---|---|---|---|
"""


def main() -> None:
    """Write the page."""
    real = Metadata.decode(lzma.decompress(RECORDED.read_bytes()))
    encoded = open_chain(NodeConfig(block_time="manual")).metadata(15)
    assert encoded is not None
    ours = Metadata.decode(encoded)
    there = {
        name: (real.pallets[name], ours.pallets[name])
        for name in real.pallets
        if name in ours.pallets
    }
    lines = [_row(name, *pair) for name, pair in there.items()]
    lines += ["", "### Calls of these pallets that are not there yet", ""]
    lines += _lacking({name: (r.calls, o.calls) for name, (r, o) in there.items()})
    lines += ["", "### Storage items of these pallets that are not there yet", ""]
    lines += _lacking({name: (r.storage, o.storage) for name, (r, o) in there.items()})
    lines += ["", "## Pallets that are not there yet", ""]
    lines += [
        f"- {name} ({len(pallet.calls)} calls)"
        for name, pallet in real.pallets.items()
        if name not in there
    ]
    lines += ["", "## Runtime API methods that are not there", ""]
    lines += _lacking(
        {
            name: (api.methods, ours.apis[name].methods if name in ours.apis else {})
            for name, api in real.apis.items()
        }
    )
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _row(name: str, real: Any, ours: Any) -> str:
    parts = ("calls", "storage", "events", "constants")
    cells = (_share(getattr(real, part), getattr(ours, part)) for part in parts)
    return f"| {' | '.join([name, *cells])} |"


def _share(real: Iterable[str], ours: Mapping[str, Any]) -> str:
    names = list(real)
    return f"{sum(name in ours for name in names)} of {len(names)}"


def _lacking(pairs: Mapping[str, tuple[Iterable[str], Mapping[str, Any]]]) -> list[str]:
    lines = []
    for name, (real, ours) in pairs.items():
        absent = [item for item in real if item not in ours]
        if absent:
            lines.append(f"- {name}: {', '.join(f'`{item}`' for item in absent)}")
    return lines or ["None."]


if __name__ == "__main__":
    main()
