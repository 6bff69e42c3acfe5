"""The calls that make, start, describe and end subnets."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bytes, Option
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import dissolve, identity, networks, symbols
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import ChainIdentityV2, NetUid, SubnetIdentityV3

DISSOLVE_WEIGHT = weight(119_000_000, reads=6, writes=31)


class NetworkCalls(SubtensorBase):
    """Subnets from registration to dissolution, and identities."""

    @call(59, weight=weight(277_125_000, 9_947, reads=40, writes=48))
    def register_network(self, origin: Origin, hotkey: AccountId) -> None:
        """Register a subnet, with the hotkey as its owner's; the signing coldkey pays the lock."""
        networks.register_network(self, origin, hotkey)

    @call(79, weight=weight(275_041_000, 9_883, reads=39, writes=47))
    def register_network_with_identity(
        self, origin: Origin, hotkey: AccountId, identity: Option[SubnetIdentityV3]
    ) -> None:
        """Register a subnet and say at once what it is."""
        networks.register_network(self, origin, hotkey, identity)

    @call(61, weight=DISSOLVE_WEIGHT)
    def dissolve_network(self, origin: Origin, coldkey: AccountId, netuid: NetUid) -> None:
        """Dissolve a subnet. Only root may; the coldkey is not looked at."""
        ensure_root(origin)
        dissolve.dissolve_network(self, netuid)

    @call(120, weight=DISSOLVE_WEIGHT)
    def root_dissolve_network(self, origin: Origin, netuid: NetUid) -> None:
        """Dissolve a subnet. Only root may."""
        ensure_root(origin)
        dissolve.dissolve_network(self, netuid)

    @call(92, weight=weight(39_454_000, 4_583, reads=5, writes=2))
    def start_call(self, origin: Origin, netuid: NetUid) -> None:
        """Start a subnet's emission and the trade in its alpha. Only its owner may, once."""
        networks.start_call(self, origin, netuid)

    @call(112, weight=weight(28_313_000, 9_074, reads=4, writes=1))
    def update_symbol(self, origin: Origin, netuid: NetUid, symbol: Bytes) -> None:
        """Give a subnet's token another symbol of the chain's table."""
        symbols.update_symbol(self, origin, netuid, symbol)

    @call(68, weight=weight(32_040_000, 6_829, reads=3, writes=1))
    def set_identity(
        self,
        origin: Origin,
        name: Bytes,
        url: Bytes,
        github_repo: Bytes,
        image: Bytes,
        discord: Bytes,
        description: Bytes,
        additional: Bytes,
    ) -> None:
        """Say who stands behind the signing coldkey."""
        given = ChainIdentityV2(name, url, github_repo, image, discord, description, additional)
        identity.set_identity(self, origin, given)

    @call(78, weight=weight(17_513_000, 4_060, reads=1, writes=1))
    def set_subnet_identity(
        self,
        origin: Origin,
        netuid: NetUid,
        subnet_name: Bytes,
        github_repo: Bytes,
        subnet_contact: Bytes,
        subnet_url: Bytes,
        discord: Bytes,
        description: Bytes,
        logo_url: Bytes,
        additional: Bytes,
    ) -> None:
        """Say what a subnet is. Only its owner may."""
        given = SubnetIdentityV3(
            subnet_name,
            github_repo,
            subnet_contact,
            subnet_url,
            discord,
            description,
            logo_url,
            additional,
        )
        identity.set_subnet_identity(self, origin, netuid, given)
