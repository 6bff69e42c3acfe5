"""Settings: which exist, where a value comes from, and which source wins.

Owns the list of settings and their precedence: option, then ``TAOKIT_*`` variable, then the
project's ``taokit.toml``, then the user's file, then ``BT_*`` variables (those of other Bittensor
tools, read and never written), then the default. ``BT_*`` ranks below the files on purpose: a
shell set up for mainnet tools does not override what a project says. Does not own reading or
writing the files: settings_file.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taokit.cli.errors import SettingsError, UnknownName

__all__ = ["CATALOGUE", "Origin", "Resolved", "Setting", "Settings", "parse_setting"]

NETWORKS = "networks."


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected some text")
    return value


def _names(value: object) -> str:
    """Text, or a list of texts: then with commas between them."""
    return ",".join(map(_text, value)) if isinstance(value, list) and value else _text(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected a number of seconds")
    seconds = float(value)
    if not 0 < seconds <= 86_400:
        raise ValueError("expected a number of seconds between 0 and 86400")
    return seconds


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    if str(value).lower() not in known:
        raise ValueError("expected true or false")
    return known[str(value).lower()]


def _one_of(*choices: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return str(value)

    return parse


def _tolerance(value: object) -> str:
    text = str(value).strip()
    if text not in ("none", "auto"):
        from taokit.chain_client.errors import InvalidAmount
        from taokit.chain_client.prices import parse_fraction

        try:
            parse_fraction(text)
        except InvalidAmount:
            raise ValueError("expected a share such as 0.05 or 5%, none, or auto") from None
    return text


@dataclass(frozen=True)
class Setting:
    """One setting: its key in files, its variables, its default and what it is for."""

    key: str
    default: str | float | bool
    parse: Callable[[object], Any]
    about: str
    legacy: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "TAOKIT_" + self.key.upper().replace(".", "_")


_ALL = (
    Setting(
        "network",
        "local",
        _names,
        "chain to talk to: local, test, finney, archive, a name under [networks], or a URL; "
        "several of one chain, with commas, are tried in turn",
        ("BT_CHAIN_ENDPOINT", "BT_NETWORK", "BT_SUBTENSOR_CHAIN_ENDPOINT", "BT_SUBTENSOR_NETWORK"),
    ),
    Setting("wallet.name", "default", _text, "wallet to use", ("BT_WALLET", "BT_WALLET_NAME")),
    Setting("wallet.hotkey", "default", _text, "hotkey of the wallet", ("BT_WALLET_HOTKEY",)),
    Setting(
        "wallet.path", "~/.bittensor/wallets", _text, "folder of the wallets", ("BT_WALLET_PATH",)
    ),
    Setting(
        "wait",
        "inclusion",
        _one_of("inclusion", "finalization", "none"),
        "how long to follow a transaction: inclusion, finalization or none",
    ),
    Setting(
        "stake.tolerance",
        "auto",
        _tolerance,
        "how much worse than now a trade's price may be, such as 5%, where none is given; auto is "
        "0.5%, and none on a local chain",
    ),
    Setting(
        "stake.allow_partial",
        False,
        _switch,
        "trade what the tolerance allows rather than nothing, where not said",
    ),
    Setting(
        "policy",
        "policy.toml",
        _text,
        "file of what may be signed; a bare name is beside the user's settings",
    ),
    Setting("timeout.connect", 10.0, _seconds, "seconds to wait for a connection"),
    Setting("timeout.read", 30.0, _seconds, "seconds to wait for an answer"),
    Setting("timeout.outcome", 120.0, _seconds, "seconds to wait for a transaction's outcome"),
    Setting("color", "auto", _one_of("auto", "always", "never"), "colours: auto, always or never"),
    Setting("pager", True, _switch, "page output that is taller than the terminal"),
)
CATALOGUE: dict[str, Setting] = {setting.key: setting for setting in _ALL}


def parse_setting(key: str, value: object, *, where: str) -> Any:
    """The value of a setting, checked. ``networks.NAME`` is a URL, or several of one chain."""
    if key.startswith(NETWORKS) and len(key) > len(NETWORKS):
        urls = value if isinstance(value, list) else str(value).split(",")
        if not urls or not all(isinstance(url, str) and "://" in url for url in urls):
            raise SettingsError(
                f"{key} in {where} is not a URL: {value!r}",
                hint="write something like wss://entrypoint.example:443",
            )
        return ",".join(url.strip() for url in urls)
    setting = CATALOGUE.get(key)
    if setting is None:
        raise UnknownName("setting", key, CATALOGUE, see="taokit config list")
    try:
        return setting.parse(value)
    except ValueError as error:
        raise SettingsError(
            f"{key} in {where} cannot be {value!r}: {error}", hint=f"{key}: {setting.about}"
        ) from None


@dataclass(frozen=True)
class Origin:
    """Where a value came from: ``kind`` is option, env, project, user, legacy-env or default."""

    kind: str
    where: str


@dataclass(frozen=True)
class Resolved:
    """A setting's value and its origin."""

    key: str
    value: Any
    origin: Origin


@dataclass
class Settings:
    """Every source, in order; a value is looked up when it is asked for."""

    options: dict[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    directory: Path = field(default_factory=Path.cwd)
    user_path: Path | None = None
    _files: dict[str, tuple[Path, dict[str, Any]]] | None = None

    def __getitem__(self, key: str) -> Any:
        return self.resolve(key).value

    def resolve(self, key: str) -> Resolved:
        """The value of one setting and where it came from."""
        setting = CATALOGUE.get(key)
        if key in self.options:
            return self._found(key, self.options[key], Origin("option", f"--{_option(key)}"))
        if setting is not None and self.environ.get(setting.variable):
            variable = setting.variable
            return self._found(key, self.environ[variable], Origin("env", variable))
        for kind, (path, values) in self._read_files().items():
            if key in values:
                return self._found(key, values[key], Origin(kind, str(path)))
        for variable in setting.legacy if setting else ():
            if self.environ.get(variable):
                return self._found(key, self.environ[variable], Origin("legacy-env", variable))
        if setting is None:
            raise UnknownName("setting", key, CATALOGUE, see="taokit config list")
        return Resolved(key, setting.default, Origin("default", ""))

    def everything(self) -> Iterator[Resolved]:
        """All settings with their origins, then the named networks."""
        for key in CATALOGUE:
            yield self.resolve(key)
        for key in sorted(self._network_keys()):
            yield self.resolve(key)

    def networks(self) -> dict[str, str]:
        """The user's own network names and their URLs."""
        return {key[len(NETWORKS) :]: self[key] for key in sorted(self._network_keys())}

    def _network_keys(self) -> set[str]:
        files = self._read_files().values()
        return {key for _, values in files for key in values if key.startswith(NETWORKS)}

    def _found(self, key: str, value: object, origin: Origin) -> Resolved:
        return Resolved(key, parse_setting(key, value, where=origin.where), origin)

    def _read_files(self) -> dict[str, tuple[Path, dict[str, Any]]]:
        if self._files is None:
            from taokit.cli import settings_file

            user = self.user_path or settings_file.user_path(self.environ)
            project = settings_file.project_path(self.directory)
            if self.user_path is not None and not user.exists():
                raise SettingsError(
                    f"there is no settings file {user}",
                    path=str(user),
                    hint=f"`taokit config set KEY VALUE --config {user}` makes it",
                )
            found = {"project": project, "user": user}
            self._files = {
                kind: (path, settings_file.read(path))
                for kind, path in found.items()
                if path is not None and path.exists()
            }
        return self._files


def _option(key: str) -> str:
    return {"timeout.connect": "connect-timeout", "timeout.read": "timeout"}.get(
        key, key.removeprefix("wallet.") if key == "wallet.hotkey" else key.replace(".", "-")
    )
