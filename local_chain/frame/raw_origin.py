"""`OriginCaller` as a SCALE type: an origin that a call names."""

from __future__ import annotations

from taokit.chain_client.scale import H160, AccountId, Enum, Variant
from taokit.local_chain.frame.errors import BadOrigin
from taokit.local_chain.frame.origin import NONE, ROOT, Origin


class RawOrigin(Enum, path="frame_support::dispatch::RawOrigin", params={"AccountId": AccountId}):
    """Root, a signed account, or nobody."""

    class Root(Variant, index=0):
        pass

    class Signed(Variant, index=1, unnamed=True):
        who: AccountId

    class None_(Variant, index=2, name="None"):  # noqa: N801 - None is a keyword
        pass

    class Authorized(Variant, index=3):
        pass


class EthereumOrigin(Enum, path="pallet_ethereum::RawOrigin"):
    """An Ethereum transaction, which this chain does not run."""

    class EthereumTransaction(Variant, index=0, unnamed=True):
        address: H160


class OriginCaller(Enum, path="node_subtensor_runtime::OriginCaller"):
    """An origin by the pallet that makes it."""

    class system(Variant, index=0, unnamed=True):  # noqa: N801 - the runtime's own spelling
        origin: RawOrigin

    class Ethereum(Variant, index=21, unnamed=True):
        origin: EthereumOrigin


def to_origin(caller: OriginCaller) -> Origin:
    """The dispatch origin that it names; BadOrigin for those that this chain has not."""
    match caller:
        case OriginCaller.system(RawOrigin.Root()):
            return ROOT
        case OriginCaller.system(RawOrigin.Signed(who)):
            return Origin.signed(who)
        case OriginCaller.system(RawOrigin.None_()):
            return NONE
    raise BadOrigin
