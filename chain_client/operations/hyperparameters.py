"""The operation that sets a hyperparameter of a subnet, or a setting of the chain.

Owns composing it from the table of ``taokit.chain_client.hyperparameters``. Does not own the
table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, MissingArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.errors import WouldFail
    from taokit.chain_client.hyperparameters import Setting

__all__ = ["SetHyperparameter", "SettingCall"]


@operation("sudo.set", signer="coldkey")
@dataclass(frozen=True)
class SetHyperparameter(Operation):
    """Set a hyperparameter of a subnet, or a setting of the whole chain.

    The subnet's owner sets most of a subnet's. The others are root's, and go through the sudo
    key. The names, with units and ranges, are listed by `taokit sudo get`.
    """

    param: Annotated[str, Arg("Its name, such as immunity_period.")]
    value: Annotated[Any, Arg("The new value, in its unit: 7200, 18%, 0.5, true.", kind="value")]
    netuid: Annotated[NetUid | None, Arg("Of which subnet; none for a setting of the chain.")] = (
        None
    )
    sudo: Annotated[bool, Arg("Send it as root, signed by the sudo key.")] = False
    normalize: Annotated[bool, Arg("Read whole numbers as shares too: 1 is all.")] = False

    def __post_init__(self) -> None:
        setting = self.setting
        if setting.on_subnet and self.netuid is None:
            raise MissingArgument("netuid")
        if not setting.on_subnet and self.netuid is not None:
            raise InvalidArgument("netuid", self.netuid, f"{setting.name} is of the whole chain")
        self.chain_value  # noqa: B018 - a value that cannot be read is refused here

    @property
    def setting(self) -> Setting:
        """What is set."""
        from taokit.chain_client.hyperparameters import find_setting

        return find_setting(self.param)

    @property
    def chain_value(self) -> Any:
        """The value in the chain's own number."""
        return self.setting.parse(self.value, normalized=self.normalize)

    @property
    def as_root(self) -> bool:
        """Whether it goes through the sudo key."""
        return self.sudo or self.setting.who == "root"

    def call(self) -> Call:
        call = self.setting.compose(self.netuid, self.chain_value, as_root=self.as_root)
        return Call("Sudo", "sudo", {"call": call}) if self.as_root else call

    def summary(self) -> str:
        where = "" if self.netuid is None else f" of subnet {self.netuid}"
        return f"set {self.setting.name}{where} to {self.setting.shown(self.chain_value)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.settings import stored_values

        setting = self.setting
        before = (await stored_values(chain, self.netuid, [setting])).get(setting.name)
        shown = None if before is None else setting.shown(before)
        return (Effect(setting.name, shown, setting.shown(self.chain_value)),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        does = self.setting.does
        return (does,) if "nothing reads it" in does else ()

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        from taokit.chain_client.hyperparameters.checks import setting_problem

        return await setting_problem(
            chain, self.setting, self.netuid, self.chain_value, signer, self.as_root
        )


@dataclass(frozen=True)
class SettingCall(Operation):
    """The call that sets a hyperparameter, made elsewhere: with the chain's own number."""

    setting: Setting
    netuid: int | None
    value: Any

    def call(self) -> Call:
        return self.setting.compose(self.netuid, self.value, as_root=False)

    def summary(self) -> str:
        return f"set {self.setting.name} to {self.setting.shown(self.value)}"

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        from taokit.chain_client.hyperparameters.checks import setting_problem
        from taokit.chain_client.operations.refusals import refusal

        if self.setting.who == "root" and not self.setting.gone:
            return refusal("BadOrigin", f"{self.setting.name} is root's to set", pallet=None)
        return await setting_problem(
            chain, self.setting, self.netuid, self.value, signer, as_root=False
        )
