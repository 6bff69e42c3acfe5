"""Write local_chain/recorded_interface.json: the interface of runtime 424, as fingerprints.

From the recording of its metadata in tests/data. Run it when another runtime is recorded, or when
`interface_shapes` changes: `.venv/bin/python docs/make_recorded_interface.py`.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path

from taokit.chain_client.metadata import Metadata
from taokit.local_chain.interface_shapes import interface_of

TOP = Path(__file__).parent.parent
METADATA = TOP / "tests" / "data" / "finney-424" / "metadata-v16.scale.xz"
TABLE = TOP / "local_chain" / "recorded_interface.json"


def main() -> None:
    """Write the table, a pallet or an API in a line."""
    real = Metadata.decode(lzma.decompress(METADATA.read_bytes()))
    table = interface_of(real, "node-subtensor 424")
    parts = [f'"runtime":{json.dumps(table["runtime"])}']
    for section in ("pallets", "apis"):
        lines = [
            f"{json.dumps(name)}:{json.dumps(items, separators=(',', ':'))}"
            for name, items in table[section].items()
        ]
        parts.append(f'"{section}":{{\n' + ",\n".join(lines) + "\n}")
    TABLE.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
