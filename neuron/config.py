"""Settings of a miner, a validator and a gateway, and where each may come from.

Owns names, defaults and the order of precedence: command line, then environment
(``TAOKIT_NEURON_*``), then ``[neuron]`` in ``taokit.toml``, then the default. Does not own what is
done with them, nor the rest of that file, which is the command line's.
Secrets are not settings: hotkeys come from the wallet, by name.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    CliApp,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from taokit.neuron.errors import ConfigError

__all__ = [
    "FILE",
    "GatewaySettings",
    "MinerSettings",
    "NeuronSettings",
    "ValidatorSettings",
    "load",
    "shown",
]

FILE = "taokit.toml"
TABLE = "neuron"
_PRINT = "--print-config"


class NeuronSettings(BaseSettings):
    """What every neuron has. A subnet adds its own by deriving from one of the three below."""

    model_config = SettingsConfigDict(
        env_prefix="TAOKIT_NEURON_",
        extra="ignore",
        frozen=True,
        toml_file=FILE,
        cli_kebab_case=True,
        cli_avoid_json=True,
        cli_hide_none_type=True,
    )

    network: str = Field("finney", description="Network name or websocket address of a node.")
    netuid: int = Field(..., ge=0, le=65535, description="The subnet.")
    wallet: str = Field("default", description="Name of the wallet.")
    hotkey: str = Field("default", description="Name of the wallet's hotkey.")
    wallets_path: Path | None = Field(None, description="Folder of wallets.")
    state: Path = Field(Path("state"), description="Folder for what has to survive a restart.")
    log_form: Literal["json", "console"] = Field("json", description="How logs are written.")
    log_level: str = Field("info", description="Least level that is logged.")
    metrics_port: int = Field(0, ge=0, le=65535, description="Port of metrics; 0 for none.")
    crashes: int = Field(5, ge=1, description="Crashes of a task within ten minutes that end all.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line (put before these by ``load``), environment, file."""
        return (init_settings, env_settings, _Table(settings_cls))


class _Table(TomlConfigSettingsSource):
    """The neuron's table of a settings file; without one, nothing."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        found = super()._read_file(file_path).get(TABLE, {})
        if not isinstance(found, dict):
            raise ValueError(f"[{TABLE}] is not a table")
        return found


class MinerSettings(NeuronSettings):
    """A miner that serves."""

    host: str = Field("0.0.0.0", description="Address to listen on.")
    port: int = Field(8091, ge=0, le=65535, description="Port to listen on.")
    external_ip: str = Field("", description="Address to publish; none publishes nothing.")
    external_port: int = Field(0, ge=0, le=65535, description="Port to publish; 0 for the same.")
    min_stake: float = Field(0.0, ge=0, description="Stake that lets in whoever has no permit.")


class ValidatorSettings(NeuronSettings):
    """A validator."""

    tick_blocks: int = Field(5, ge=1, description="Blocks between rounds.")
    sample: int = Field(64, ge=1, description="Miners asked in a round, at most.")
    at_once: int = Field(256, ge=1, description="Requests that wait for answers at a time.")
    publish_salts: bool = Field(
        True, description="Whether salts of tasks are committed to on chain."
    )
    gateway_port: int = Field(0, ge=0, le=65535, description="Port to sell at; 0 sells nothing.")
    gateway_host: str = Field("127.0.0.1", description="Address to sell at.")
    audit_rate: float = Field(0.05, ge=0, le=1, description="Share of what is sold to audit.")
    every_epochs: int = Field(1, ge=1, description="Epochs between settings of weights.")
    fanout: Literal["threads", "processes", "ray"] = Field(
        "threads", description="Where slow evaluations run; ray needs the extra of that name."
    )
    fanout_workers: int = Field(
        0, ge=0, description="Evaluations at once; 0 for one thread, or every processor."
    )
    fanout_address: str = Field("", description="Ray cluster to join; none makes one here.")
    fanout_seconds: float = Field(
        600.0, gt=0, description="After so long a worker is given up; threads cannot be."
    )


class GatewaySettings(NeuronSettings):
    """A gateway that sells what miners serve, in a process of its own."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    open_account: str = Field("", description="Open an account of this name, print its key, end.")
    grant: int = Field(0, ge=0, description="Credits that the account begins with.")
    audit_rate: float = Field(0.05, ge=0, le=1, description="Share of what is sold to audit.")
    deposits_to: str = Field("", description="Address of the key of deposits; none takes none.")
    credits_per_tao: int = Field(1, ge=1, description="Credits that a deposited TAO is worth.")
    confirmations: int = Field(2, ge=0, description="Final blocks to wait after a deposit's.")


Settings = TypeVar("Settings", bound=NeuronSettings)


def load(
    settings: type[Settings], argv: Sequence[str] = (), *, file: Path | None = None
) -> Settings:
    """Settings from command line, environment and file. Raises ConfigError, naming what is wrong.

    ``--print-config`` in ``argv`` prints what would be used, as TOML, and ends the process.
    """
    words = [word for word in argv if word != _PRINT]
    model = _reading(settings, file)
    try:
        loaded = CliApp.run(model, cli_args=list(words))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{name or 'settings'}: {first['msg']}",
            hint=f"set --{name.replace('_', '-')}, TAOKIT_NEURON_{name.upper()} or {FILE}",
        ) from None
    except ValueError as error:  # a file that is not TOML
        raise ConfigError(f"{file or FILE}: {error}") from error
    if len(words) != len(argv):
        sys.stdout.write(shown(loaded))
        raise SystemExit(0)
    return loaded


def shown(settings: NeuronSettings) -> str:
    """Settings as TOML, as ``taokit.toml`` takes them."""
    return f"[{TABLE}]\n" + "".join(
        f"{name} = {_toml(value)}\n"
        for name, value in settings.model_dump(mode="json").items()
        if value is not None
    )


def _reading(settings: type[Settings], file: Path | None) -> type[Settings]:
    if file is None:
        return settings
    config = SettingsConfigDict(**{**settings.model_config, "toml_file": file})
    return type(settings.__name__, (settings,), {"model_config": config, "__module__": __name__})


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    import json

    return json.dumps(str(value), ensure_ascii=False)
