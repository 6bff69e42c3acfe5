"""What commands answer about this installation: settings, addresses, help, conversions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from taokit.chain_client.money import Tao
from taokit.chain_client.prices import Price
from taokit.cli.address_book import Known

__all__ = ["ANSWERS"]


class Check(TypedDict):
    """One thing that was looked at; `problem` is null where all is well."""

    check: str
    value: Any
    problem: str | None


class HelpPage(TypedDict):
    """The help of a command; topics have shapes of their own."""

    help: str


class SettingValueAt(TypedDict):
    """A setting; `origin` is option, env, project, user, legacy-env or default."""

    key: str
    value: Any
    origin: str
    where: str | None


class SettingChanged(TypedDict):
    """A setting in a file; null where it was removed."""

    key: str
    value: Any
    path: Path


class NamesRemoved(TypedDict):
    """What was removed from a file."""

    removed: list[str]
    path: Path


class SettingsFile(TypedDict):
    """Where settings are kept."""

    path: Path
    exists: bool


class AddressAdded(TypedDict):
    """A new entry, and the file."""

    added: Known
    path: Path


class AddressChanged(TypedDict):
    """A changed entry, and the file."""

    changed: Known
    path: Path


class AddressRemoved(TypedDict):
    """The entry that is gone, and the file."""

    removed: Known
    path: Path


class NoPolicy(TypedDict):
    """There is no policy."""

    policy: None


class Policy(TypedDict):
    """What may be signed; null where nothing is said."""

    policy: Path
    networks: list[str] | None
    operations: list[str] | None
    forbidden_operations: list[str]
    netuids: list[int] | None
    hotkeys: list[str] | None
    destinations: list[str] | None
    signers: list[str] | None
    max_spend_per_operation: Tao | None
    max_spend_per_day: Tao | None
    max_spend_of_operations: dict[str, Tao]
    spends_counted_in: str


class _OfSubnet(TypedDict, total=False):
    netuid: int
    price: Price
    alpha: str | None


class ConvertedAmount(_OfSubnet):
    """An amount in other units."""

    rao: int
    tao: str


class ConvertedAddress(TypedDict):
    """An address in other forms."""

    ss58: str
    public_key: str
    prefix: int


class Latency(TypedDict):
    """How quickly an endpoint answers; null where it does not."""

    network: str
    url: str
    connect_ms: int | None
    answer_ms: float | None
    block: int | None
    problem: str | None


class ErrorCode(TypedDict):
    """A code of taokit's errors."""

    code: str
    meaning: str
    exit: int
    exit_meaning: str
    retryable: bool


class ChainErrorName(TypedDict):
    """An error of the chain by its own name."""

    name: str
    meaning: str | None
    remedy: str | None
    retryable: bool


_Converted = ConvertedAmount | ConvertedAddress

ANSWERS: dict[str, Any] = {
    "doctor": list[Check],
    "help": HelpPage | list[dict[str, Any]],
    "tools": dict[str, Any],
    "schema": dict[str, Any],
    "completion": dict[str, str],
    "explain": ErrorCode | ChainErrorName | list[ErrorCode] | list[ChainErrorName],
    "utils convert": _Converted | list[_Converted],
    "utils latency": list[Latency],
    "config list": list[SettingValueAt],
    "config get": SettingValueAt | list[SettingValueAt],
    "config set": SettingChanged | list[SettingChanged],
    "config unset": SettingChanged,
    "config clear": NamesRemoved,
    "config path": SettingsFile,
    "config addresses": list[Known],
    "config proxies": list[Known],
    "config add-address": AddressAdded,
    "config add-proxy": AddressAdded,
    "config update-proxy": AddressChanged,
    "config remove-address": AddressRemoved,
    "config remove-proxy": AddressRemoved,
    "config clear-proxies": NamesRemoved,
    "config policy": Policy | NoPolicy,
}
