"""Settings: where each may come from, which wins, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from taokit.neuron.config import MinerSettings, ValidatorSettings, load, shown
from taokit.neuron.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "taokit.toml"
    path.write_text('wait = "none"\n[neuron]\nnetuid = 3\nnetwork = "local"\nport = 5001\n')
    return path


def test_options_come_before_environment_before_file_before_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(MinerSettings, file=file).port == 5001
    assert load(MinerSettings, file=file).host == "0.0.0.0"
    monkeypatch.setenv("TAOKIT_NEURON_PORT", "5002")
    assert load(MinerSettings, file=file).port == 5002
    assert load(MinerSettings, ["--port", "5003"], file=file).port == 5003


def test_a_missing_setting_says_the_three_places_where_it_can_be_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="netuid: Field required") as error:
        load(MinerSettings, file=tmp_path / "none.toml")
    assert error.value.hint == "set --netuid, TAOKIT_NEURON_NETUID or taokit.toml"


def test_a_wrong_setting_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match="tick_blocks") as error:
        load(ValidatorSettings, ["--tick-blocks", "0"], file=file)
    assert "--tick-blocks" in (error.value.hint or "")


def test_a_file_that_is_not_toml_is_named(file: Path) -> None:
    file.write_text("netuid =")
    with pytest.raises(ConfigError, match=r"taokit\.toml"):
        load(MinerSettings, file=file)


def test_print_config_prints_what_the_file_takes_and_ends(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        load(ValidatorSettings, ["--print-config", "--sample", "7"], file=file)
    assert end.value.code == 0
    printed = capsys.readouterr().out
    again = file.with_name("again.toml")
    again.write_text(printed)
    assert load(ValidatorSettings, file=again).sample == 7
    assert shown(load(ValidatorSettings, file=again)) == printed
