"""A persona as a program: all its hotkeys, served until told to end.

    python -m taokit.subnet_templates.development.persona_process PROJECT NAME ENDPOINT NETUID

Owns that process. Does not own the persona's behaviour (the project's, ``taokit.neuron.testing``).
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from taokit.subnet_templates.development.ground import key_of
from taokit.subnet_templates.loading import load_project

__all__ = ["main"]

HOST = "127.0.0.2"
"""Loopback as well, and one that the chain takes for an endpoint; 127.0.0.1 it does not."""


async def _serve(project: Path, name: str, endpoint: str, netuid: int) -> None:
    from taokit.neuron.live_chain import LiveChain
    from taokit.neuron.testing.participants import Seat, participant

    loaded = load_project(project)
    persona = next(one for one in loaded.personas if one.name == name)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taokit-persona-")))
        playing = []
        for copy in range(persona.copies):
            key = key_of(name, copy)
            chain = await stack.enter_async_context(await LiveChain.connect(endpoint, netuid, key))
            place = folder / str(copy)
            place.mkdir()
            one = participant(persona)
            stack.push_async_callback(one.stop)
            await one.start(Seat(key, chain, loaded.mechanism(), HOST, place, copy))
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
    """Serve until SIGTERM."""
    project, name, endpoint, netuid = argv
    asyncio.run(_serve(Path(project), name, endpoint, int(netuid)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
