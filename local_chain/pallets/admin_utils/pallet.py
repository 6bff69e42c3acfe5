"""AdminUtils, joined for the runtime."""

from __future__ import annotations

from taokit.local_chain.pallets.admin_utils.authority_settings import AuthoritySettings
from taokit.local_chain.pallets.admin_utils.chain_settings import ChainSettings
from taokit.local_chain.pallets.admin_utils.consensus_settings import ConsensusSettings
from taokit.local_chain.pallets.admin_utils.root_subnet_settings import RootSubnetSettings
from taokit.local_chain.pallets.admin_utils.subnet_settings import SubnetSettings


class AdminUtils(
    SubnetSettings,
    ConsensusSettings,
    RootSubnetSettings,
    ChainSettings,
    AuthoritySettings,
    index=19,
):
    """What root and the owners of subnets may set."""
