"""A validator as a program: what it sells besides is there, and told when it starts."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_market import ROUTE, Answer, Question

from taokit.neuron import programs
from taokit.neuron.mechanism import ServiceMechanism
from taokit.neuron.memory_chain import MemoryChain
from taokit.wallet import Keypair

VALIDATOR = Keypair.from_uri("//validator")


class Doubling(ServiceMechanism[Question, Answer]):
    measures = "Numbers doubled."
    path = "/double"
    request = Question
    response = Answer

    def tasks(self, rng: Any, ctx: Any) -> list[Question]:
        return []

    def verify(self, task: Question, result: Any, ctx: Any) -> Any:
        raise NotImplementedError

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("routes", [(), (ROUTE,)], ids=["paths alone", "routes too"])
def test_a_validator_that_sells_has_the_paths_that_were_added_and_says_so(
    routes: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chain = MemoryChain()
    chain.join(VALIDATOR.ss58_address, 1000.0, "validator")

    async def connected(*_: object) -> Any:
        return chain.view(VALIDATOR.ss58_address)

    monkeypatch.setattr(programs, "_connected", connected)
    monkeypatch.setattr(programs, "hotkey_of", lambda settings: VALIDATOR)
    answers: list[httpx.Response] = []
    looking: list[asyncio.Future[None]] = []

    async def look(gateway: Any) -> None:
        while signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, None):
            await asyncio.sleep(0.01)  # the gateway is up before the program can be told to end
        async with httpx.AsyncClient(trust_env=False) as client:
            answers.append(await client.get(gateway.url + "/v1/runs/it"))
        os.kill(os.getpid(), signal.SIGTERM)

    def extend(gateway: Any) -> None:
        async def run(name: str) -> dict[str, str]:
            return {"run": name}

        gateway.app.add_api_route("/v1/runs/{name}", run, methods=["GET"])
        looking.append(asyncio.ensure_future(look(gateway)))

    words = ["--netuid", "2", "--state", str(tmp_path), "--gateway-port", str(free_port())]
    assert programs.run_validator(Doubling(), words, routes=routes, extend=extend) == 0
    assert answers[0].json() == {"run": "it"}
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (selling,) = [line for line in logged if line["event"] == "selling"]
    assert {"/v1/runs/{name}", "/v1/usage", *(route.path for route in routes)} <= set(
        selling["paths"]
    )
