"""What a neuron tells: one JSON object a line, and metrics whose names stay."""

from __future__ import annotations

import io
import json
import logging

import pytest

from taokit.neuron.errors import ConfigError
from taokit.neuron.messages import Reason
from taokit.neuron.observe.logs import configure, silent
from taokit.neuron.observe.metrics import Metrics


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was(monkeypatch: pytest.MonkeyPatch):
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    import structlog

    structlog.reset_defaults()


def test_records_are_json_lines_with_time_level_and_what_is_bound() -> None:
    out = io.StringIO()
    log = configure("json", "info", stream=out, netuid=7)
    log.debug("too small")
    log.info("round", miners=3)
    try:
        raise ValueError("broken")
    except ValueError as error:
        log.error("crashed", exc_info=error)
    logging.getLogger("uvicorn").warning("from a %s", "library")
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [record["event"] for record in records] == ["round", "crashed", "from a library"]
    assert (records[0]["netuid"], records[0]["miners"], records[0]["level"]) == (7, 3, "info")
    assert "ValueError: broken" in records[1]["exception"]
    assert all(record["timestamp"].endswith("Z") for record in records)


def test_a_level_that_is_none_is_an_error_and_a_silent_logger_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ConfigError, match="loud"):
        configure("json", "loud")
    silent().bind(a=1).error("nobody hears this")
    assert capsys.readouterr() == ("", "")


def test_metrics_have_their_fixed_names_and_show_only_who_is_there() -> None:
    metrics, other = Metrics(), Metrics()
    metrics.query("/v1/order", Reason.OK, 0.02)
    metrics.query("/v1/order", Reason.TIMEOUT, None)
    metrics.failed_audits([Reason.OK, Reason.REPLAY])
    metrics.scores({"5A": 0.5, "5B": 0.1})
    metrics.scores({"5A": 0.75})
    text = metrics.exposition().decode()
    assert 'taokit_queries_total{path="/v1/order",reason="TIMEOUT"} 1.0' in text
    assert 'taokit_latency_seconds_count{path="/v1/order"} 1.0' in text
    assert 'taokit_audit_fail_total{reason="REPLAY"} 1.0' in text
    assert 'reason="OK"} 1.0' in text
    assert 'taokit_score{hotkey="5A"} 0.75' in text
    assert "5B" not in text
    assert "5A" not in other.exposition().decode()
