"""Write docs/runtime-coverage.md: the local chain's interface beside that of the main network.

The same comparison as `taokit localnet coverage`. Run it when calls are added:
`.venv/bin/python docs/make_runtime_coverage.py`.
"""

from __future__ import annotations

from pathlib import Path

from taokit.local_chain.coverage import LIMITS, Covered, coverage
from taokit.local_chain.interface_shapes import PARTS

PAGE = Path(__file__).parent / "runtime-coverage.md"

HEAD = """# Coverage of the runtime

What the local chain has of the interface of runtime 424, the main network's. Made by
`docs/make_runtime_coverage.py`, from the same table as the command prints:

```console
$ taokit localnet coverage
$ taokit localnet coverage --pallet System --json
```

An item counts if the local chain's metadata has it with the recorded index and the same types down
to their primitives; a call or a runtime API method only if its code does more than say that it is
not supported. The command exits with 1 if anything in scope is missing. What is not there is not in
the metadata either, so a client says at once that there is no such pallet or call.

Whether a call that is there does what the real one does is not measured here; the tests in
`tests/local_chain/` compare results with the rules and vectors of the real runtime.

## Pallets

| pallet | calls | storage items | events | errors | constants |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the page."""
    report = coverage()
    pallets = [item for item in report.items if item.kind == "pallet"]
    apis = [item for item in report.items if item.kind == "api"]
    lines = [_row(item, PARTS) for item in pallets if item.in_scope]
    lines += ["", "## Runtime APIs", "", "| API | methods |", "|---|---|"]
    lines += [_row(item, ("methods",)) for item in apis if item.in_scope]
    lines += ["", "## Missing", ""]
    missing = [item for item in report.items if item.in_scope and item.missing]
    lines += [f"- {item.name}: {', '.join(item.missing)}" for item in missing] or ["Nothing."]
    lines += ["", "## Where an item stops short", ""]
    lines += [f"- `{name}` {why}." for name, why in LIMITS.items()]
    lines += [
        "",
        "## Left out",
        "",
        "The EVM and WebAssembly contracts, with what belongs to them:",
    ]
    lines += ["", *(f"- {item.name} ({_count(item)})" for item in pallets if not item.in_scope)]
    lines += [f"- {item.name} ({_count(item)})" for item in apis if not item.in_scope]
    lines += ["", "`EVMChainId.ChainId` is kept all the same: `AdminUtils.sudo_set_evm_chain_id`"]
    lines += ["writes it, signed orders name it, and it can be read by its raw key."]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _row(item: Covered, parts: tuple[str, ...]) -> str:
    shares = (item.parts[part] for part in parts)
    cells = [f"{share.implemented} of {share.recorded}" for share in shares]
    return f"| {' | '.join([item.name, *cells])} |"


def _count(item: Covered) -> str:
    part = "calls" if item.kind == "pallet" else "methods"
    return f"{item.parts[part].recorded} {part}"


if __name__ == "__main__":
    main()
