"""A persona as a program: all its hotkeys, served until told to end.

    python -m taokit.subnet_templates.development.persona_process \\
        PROJECT FOLDER ENDPOINT NETUID NAME...

``FOLDER`` is what all processes of the network share; several names are personas that need to live
in one process. Owns that process. Does not own a persona's behaviour (the project's, or of
``taokit.neuron.testing``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from taokit.subnet_templates.development.ground import key_of
from taokit.subnet_templates.loading import load_project
from taokit.wallet.errors import TaokitError

__all__ = ["main"]

HOST = "127.0.0.2"
"""Loopback as well, and one that the chain takes for an endpoint; 127.0.0.1 it does not."""


async def _serve(
    project: Path, shared: Path, endpoint: str, netuid: int, names: Sequence[str]
) -> None:
    from taokit.neuron.live_chain import LiveChain
    from taokit.neuron.testing.participants import Seat, participant

    loaded = load_project(project)
    if loaded.surroundings is not None:
        os.environ.update(loaded.surroundings(shared))
    personas = [one for one in loaded.personas if one.name in names]
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taokit-persona-")))
        playing = []
        common: dict[str, Any] = {}
        for persona, copy in [(one, n) for one in personas for n in range(one.copies)]:
            key = key_of(persona.name, copy)
            chain = await stack.enter_async_context(await LiveChain.connect(endpoint, netuid, key))
            place = folder / f"{persona.name}-{copy}"
            place.mkdir()
            one = participant(persona)
            stack.push_async_callback(one.stop)
            await one.start(Seat(key, chain, loaded.mechanism(), HOST, place, copy, common))
            playing.append(one)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        stepping = asyncio.create_task(_step(playing, chain))
        waiting = asyncio.create_task(ended.wait())
        done, _ = await asyncio.wait({stepping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        stepping.cancel()
        waiting.cancel()
        if stepping in done:
            stepping.result()


async def _step(playing: Sequence[object], chain: object) -> None:
    """Let each do what is due, block by block."""
    async for head in chain.heads():  # type: ignore[attr-defined]
        for one in playing:
            await one.step(head.number)  # type: ignore[attr-defined]


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM. Exits 2 if it cannot begin to, and says why in one line."""
    project, shared, endpoint, netuid, *names = argv
    try:
        asyncio.run(_serve(Path(project), Path(shared), endpoint, int(netuid), names))
    except TaokitError as error:
        sys.stderr.write(f"{error.message}{f' ({error.hint})' if error.hint else ''}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
