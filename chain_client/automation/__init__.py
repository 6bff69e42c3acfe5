"""Scripts of operations: what a file asks for is done once, whatever happens in between.

A script (YAML) names operations of the registry with their fields, and when: at once, when the
chain is in some state, again every so often, or whenever shares of stake are off. What was done is
in a journal; what was signed is there before it is sent. ``docs/scripted-staking.md`` describes the
file.

    script = read_script(text, coldkey=address, hotkey=hotkey)     # InvalidScript: all problems
    journal = Journal.open(path, script.name, chain.runtime.genesis_hash, address)
    journal.lock(script.name)                                      # AlreadyRunning
    engine = Engine(chain, script, journal, signer_of, emit=print)
    await engine.run()

``signer_of("coldkey")`` and ``signer_of("hotkey")`` give signers. Nothing here prints, asks or
reads a key.
"""

from __future__ import annotations

from taokit.chain_client.automation.engine import Engine, StepView
from taokit.chain_client.automation.events import EVENTS, Event, event_schema
from taokit.chain_client.automation.examples import example, examples
from taokit.chain_client.automation.journal import Journal
from taokit.chain_client.automation.reading import read_header, read_script
from taokit.chain_client.automation.schema import script_schema
from taokit.chain_client.automation.script import Script

__all__ = [
    "EVENTS",
    "Engine",
    "Event",
    "Journal",
    "Script",
    "StepView",
    "event_schema",
    "example",
    "examples",
    "read_header",
    "read_script",
    "script_schema",
]
