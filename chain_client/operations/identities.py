"""Operations that say who stands behind a subnet or a coldkey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, Final

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["SUBNET_TEXTS", "SetIdentity", "SetSubnetIdentity", "check_texts", "subnet_identity"]

# Most bytes of each text: is_valid_subnet_identity in pallets/subtensor/src/utils/identity.rs.
SUBNET_TEXTS: Final[Mapping[str, int]] = {
    "subnet_name": 256,
    "github_repo": 1024,
    "subnet_contact": 1024,
    "subnet_url": 1024,
    "discord_handle": 256,
    "description": 1024,
    "logo_url": 1024,
    "additional_info": 1024,
}
"""The texts of a subnet's identity by our names, and how many bytes each may have."""

# The chain's names in SubnetIdentityV3, where they differ.
_CHAIN_NAMES: Final = {"discord_handle": "discord", "additional_info": "additional"}

# is_valid_identity of the same file; our name, the chain's, and the most bytes.
_OWN_TEXTS: Final = {
    "id_name": ("name", 256),
    "web_url": ("url", 256),
    "github": ("github_repo", 256),
    "image_url": ("image", 1024),
    "discord": ("discord", 256),
    "description": ("description", 1024),
    "additional": ("additional", 1024),
}


def check_texts(operation: Any, limits: Mapping[str, int]) -> None:
    """Raise :class:`InvalidArgument` for a text that the chain would not keep."""
    for name, limit in limits.items():
        given = getattr(operation, name)
        if given is not None and len(given.encode()) > limit:
            raise InvalidArgument(name, given, f"at most {limit} bytes of UTF-8")


def subnet_identity(texts: Mapping[str, str]) -> dict[str, str | bytes]:
    """Texts by our names as the chain's ``SubnetIdentityV3``."""
    return {_CHAIN_NAMES.get(name, name): as_bytes(text) for name, text in texts.items()}


def as_bytes(text: str) -> str | bytes:
    """Text as the codec takes it for bytes; what begins like hex is text here all the same."""
    return text.encode() if text.startswith("0x") else text


async def _merged(
    chain: ChainClient,
    given: Mapping[str, str | None],
    item: str,
    key: Any,
    names: Mapping[str, str],
) -> dict[str, str]:
    """What is given, and what the chain has for the rest; the call replaces everything."""
    from taokit.chain_client.reads.values import text

    stored = await chain.query("SubtensorModule", item, key)
    found = {} if stored is None else {mine: text(stored[chains]) for mine, chains in names.items()}
    return {
        name: value if value is not None else found.get(name, "") for name, value in given.items()
    }


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Effect, ...]:
    return tuple(
        Effect(name.replace("_", " "), before[name] or None, after[name] or "nothing")
        for name in after
        if before[name] != after[name]
    )


@operation("subnets.set-identity", signer="coldkey")
@dataclass(frozen=True)
class SetSubnetIdentity(Operation):
    """Say what a subnet is. What is not given stays as it is; "" takes it away."""

    netuid: Annotated[NetUid, Arg("Which subnet.")]
    subnet_name: Annotated[str | None, Arg("The subnet's name.")] = None
    github_repo: Annotated[str | None, Arg("Where its code is.")] = None
    subnet_contact: Annotated[str | None, Arg("How to reach its owner.")] = None
    subnet_url: Annotated[str | None, Arg("Its web page.")] = None
    discord_handle: Annotated[str | None, Arg("Its owner's Discord name.")] = None
    description: Annotated[str | None, Arg("What it is for.")] = None
    logo_url: Annotated[str | None, Arg("Its logo, by URL.")] = None
    additional_info: Annotated[str | None, Arg("Anything else.")] = None

    def __post_init__(self) -> None:
        check_texts(self, SUBNET_TEXTS)

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        names = {name: _CHAIN_NAMES.get(name, name) for name in SUBNET_TEXTS}
        given = {name: getattr(self, name) for name in SUBNET_TEXTS}
        whole = await _merged(chain, given, "SubnetIdentitiesV3", self.netuid, names)
        return type(self)(self.netuid, **whole)

    def call(self) -> Call:
        texts = {name: getattr(self, name) or "" for name in SUBNET_TEXTS}
        args = {"netuid": self.netuid, **subnet_identity(texts)}
        return Call("SubtensorModule", "set_subnet_identity", args)

    def summary(self) -> str:
        return f"set the identity of subnet {self.netuid}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        names = {name: _CHAIN_NAMES.get(name, name) for name in SUBNET_TEXTS}
        nothing = dict.fromkeys(SUBNET_TEXTS)
        before = await _merged(chain, nothing, "SubnetIdentitiesV3", self.netuid, names)
        after = {name: getattr(self, name) for name in SUBNET_TEXTS}
        return _differences(
            before, {n: v if v is not None else before[n] for n, v in after.items()}
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner = str(await chain.query("SubtensorModule", "SubnetOwner", self.netuid))
        if owner == signer:
            return None
        reason = f"{signer} does not own subnet {self.netuid}"
        return refusal("NotSubnetOwner", reason, hint=f"sign with the coldkey {owner}")


@operation("wallet.set-identity", signer="coldkey")
@dataclass(frozen=True)
class SetIdentity(Operation):
    """Say who stands behind a coldkey. What is not given stays as it is; "" takes it away."""

    id_name: Annotated[str | None, Arg("The name to be known by.")] = None
    web_url: Annotated[str | None, Arg("A web page.")] = None
    image_url: Annotated[str | None, Arg("A picture, by URL.")] = None
    discord: Annotated[str | None, Arg("A Discord name.")] = None
    description: Annotated[str | None, Arg("What others should know.")] = None
    additional: Annotated[str | None, Arg("Anything else.")] = None
    github: Annotated[str | None, Arg("Where code is.")] = None

    def __post_init__(self) -> None:
        check_texts(self, {name: most for name, (_, most) in _OWN_TEXTS.items()})

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        return type(self)(**await self._texts(chain, signer))

    async def _texts(self, chain: ChainClient, signer: str) -> dict[str, str]:
        names = {mine: chains for mine, (chains, _) in _OWN_TEXTS.items()}
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return await _merged(chain, given, "IdentitiesV2", signer, names)

    def call(self) -> Call:
        args = {
            chains: as_bytes(getattr(self, mine) or "") for mine, (chains, _) in _OWN_TEXTS.items()
        }
        return Call("SubtensorModule", "set_identity", args)

    def summary(self) -> str:
        named = f" to {self.id_name!r}" if self.id_name else ""
        return f"set the identity of this coldkey{named}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = await type(self)()._texts(chain, signer)
        return _differences(before, await self._texts(chain, signer))

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owned = await chain.query("SubtensorModule", "OwnedHotkeys", signer)
        for hotkey in owned:
            for _, member in await chain.query_map("SubtensorModule", "IsNetworkMember", hotkey):
                if member:
                    return None
        reason = f"no hotkey of {signer} is registered in any subnet"
        hint = "register one first: `taokit subnets register --netuid N -w WALLET`"
        return refusal("HotKeyNotRegisteredInNetwork", reason, hint=hint)
