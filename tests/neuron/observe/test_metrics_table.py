"""What a scraper reads of a miner and a validator is what the page on neurons says it is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from taokit.neuron.memory_chain import MemoryChain
from taokit.neuron.messages import Message, Reason
from taokit.neuron.observe.metrics import Metrics
from taokit.neuron.server import MinerServer
from taokit.wallet import dev_key

PAGE = Path(__file__).parents[3] / "docs" / "neuron.md"
Names = dict[str, tuple[str, frozenset[str]]]
"""Of each metric by name: its type and its labels."""


class Question(Message):
    n: int


def documented(kind: str) -> Names:
    """The rows of the page's table that begin with ``taokit_``, of a miner's server or not."""
    rows = re.findall(
        r"^\| `(taokit_\w+)` \| (\w+) \| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        name: (type_, frozenset(re.findall(r"`(\w+)`", labels)))
        for name, type_, labels in rows
        if name.startswith("taokit_server") == (kind == "server")
    }


def exposed(text: str) -> Names:
    """What Prometheus makes of a page of metrics."""
    found: Names = {}
    for family in text_string_to_metric_families(text):
        if family.name.endswith("_created"):
            continue  # when a counter began: the library adds one to each
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels}
        assert family.documentation
        found[name] = family.type, frozenset(labels - {"le"})
    return found


def test_a_validators_metrics_are_those_of_the_page() -> None:
    metrics = Metrics()
    metrics.query("/v1/order", Reason.OK, 0.02)
    metrics.failed_audits([Reason.REPLAY])
    metrics.evaluated("threads", 3, 1)
    metrics.scores({"5A": 0.5})
    metrics.restarts.labels("validator").inc()
    assert exposed(metrics.exposition().decode()) == documented("validator")


async def test_a_miners_metrics_are_those_of_the_page_and_its_health_is_told() -> None:
    bob = dev_key("bob")
    chain = MemoryChain(netuid=2)
    chain.join(bob.ss58_address)
    server = MinerServer(bob, chain.view(bob.ss58_address), netuid=2)

    @server.handler("/ask", Question, Question)
    async def ask(question: Question, caller: object) -> Question:
        return question

    async with server, httpx.AsyncClient(trust_env=False, base_url=server.url) as http:
        assert (await http.post("/ask")).status_code == 401
        page = await http.get("/metrics")
        assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
        found = exposed(page.text)
        health, ready = await http.get("/health"), await http.get("/ready")
    assert found == documented("server")
    assert health.json() == {"ok": True, "hotkey": bob.ss58_address, "netuid": 2}
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
