"""Value types of SubtensorModule's storage, calls and events.

Owns the types that the runtime's metadata names under `pallet_subtensor`, `substrate_fixed` and
`share_pool`. Does not own the structures that runtime APIs answer with, nor arithmetic on fixed
point (`taokit.local_chain.arithmetic`): here a fixed-point number is a plain int, its raw bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from taokit.chain_client.scale import (
    AccountId,
    BoundedBytesVec,
    BTreeSet,
    Bytes,
    Enum,
    NewType,
    Option,
    Struct,
    UnitEnum,
    Variant,
    codec,
    i64,
    i128,
    u8,
    u16,
    u32,
    u64,
    u128,
)
from taokit.chain_client.scale.products import Field, Newtype, Product
from taokit.chain_client.scale.source import Source
from taokit.local_chain.arithmetic.safe_float import SafeFloat as SafeFloatValue

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription

GLOBAL_MAX_SUBNET_COUNT = 4096
"""Netuids are below this; a mechanism's storage index is mechanism * this + netuid."""

# Numbers the runtime wraps without a trace in its metadata: a netuid, and the storage index of one
# mechanism of a subnet (mechanism * 4096 + netuid).
NetUid = u16
MechIndex = u16


# -- fixed point: raw bits in Python; in metadata with its number of fraction bits as a parameter --


class UTerm(Struct, path="substrate_typenum::uint::UTerm"):
    """The empty binary number."""


class B0(Struct, path="substrate_typenum::bit::B0"):
    """The binary digit 0."""


class B1(Struct, path="substrate_typenum::bit::B1"):
    """The binary digit 1."""


def _with_digit(msb: Any, lsb: Any) -> Any:
    """The binary number that appends a digit to another, as `typenum` writes it."""
    space = {
        "__annotations__": {"msb": msb, "lsb": lsb},
        "__module__": __name__,
        "__qualname__": "UInt",
    }
    meta: Any = type(Struct)
    return meta(
        "UInt",
        (Struct,),
        space,
        path="substrate_typenum::uint::UInt",
        params={"U": msb, "B": lsb},
        types={"msb": "U", "lsb": "B"},
    )


def _power_of_two(exponent: int) -> Any:
    number = _with_digit(UTerm, B1)
    for _ in range(exponent):
        number = _with_digit(number, B0)
    return number


def _fixed(name: str, integer: Any, path: str, fraction: Any) -> Any:
    bits = codec(integer)
    return Newtype(
        name,
        lambda: [Field("bits", bits, bits.name)],
        path=path,
        params={"Frac": codec(fraction)},
    )


if TYPE_CHECKING:
    U64F64 = u128
    U96F32 = u128
    I96F32 = i128
    I64F64 = i128
    I32F32 = i64
    Percent = u8
else:
    _U32 = _power_of_two(5)
    _U64 = _with_digit(_U32, B0)
    U64F64 = _fixed("U64F64", u128, "substrate_fixed::FixedU128", _U64)
    U96F32 = _fixed("U96F32", u128, "substrate_fixed::FixedU128", _U32)
    I64F64 = _fixed("I64F64", i128, "substrate_fixed::FixedI128", _U64)
    I96F32 = _fixed("I96F32", i128, "substrate_fixed::FixedI128", _U32)
    I32F32 = _fixed("I32F32", i64, "substrate_fixed::FixedI64", _U32)
    Percent = NewType("Percent", u8, path="sp_arithmetic::per_things::Percent")


# -- share pools ---------------------------------------------------------------------------------


class _SafeFloatCodec(Product):
    """`share_pool::SafeFloat`: the arithmetic's own value in Python, never copied."""

    def __init__(self) -> None:
        super().__init__(
            "SafeFloat",
            [Field("mantissa", codec(u128), "u128"), Field("exponent", codec(i64), "i64")],
        )

    def _construct(self, s: Source, parts: list[str]) -> str:
        return f"{s.bind(SafeFloatValue)}({', '.join(parts)})"

    def _destructure(self, s: Source, value: str) -> list[str]:
        mantissa, exponent = s.temps(2)
        s.line(f"{mantissa}, {exponent} = {value}")
        return [mantissa, exponent]

    def _build(self, parts: list[Any]) -> SafeFloatValue:
        return SafeFloatValue(*parts)

    def _parts(self, value: Any, path: tuple[str, ...]) -> list[Any]:
        return list(value)

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        return builder.composite(
            path="share_pool::SafeFloat", params={}, fields=self.fields, docs=()
        )


if TYPE_CHECKING:
    SafeFloat = SafeFloatValue
else:
    SafeFloat = _SafeFloatCodec()


class LockState(Struct, path="pallet_subtensor::staking::lock::LockState"):
    """A lock of stake: locked alpha (rao), the conviction it has gathered, when both were true."""

    locked_mass: u64
    conviction: U64F64
    last_update: u64


# -- neurons -------------------------------------------------------------------------------------


class AxonInfo(Struct, path="pallet_subtensor::pallet::AxonInfo"):
    """Where a miner serves, and the block at which it said so."""

    block: u64
    version: u32
    ip: u128
    port: u16
    ip_type: u8
    protocol: u8
    placeholder1: u8
    placeholder2: u8


class NeuronCertificate(Struct, path="pallet_subtensor::pallet::NeuronCertificate"):
    """The public key of a miner's TLS certificate, and its algorithm's number."""

    public_key: BoundedBytesVec[Literal[64]]
    algorithm: u8


class PrometheusInfo(Struct, path="pallet_subtensor::pallet::PrometheusInfo"):
    """Where a neuron serves its metrics."""

    block: u64
    version: u32
    ip: u128
    port: u16
    ip_type: u8


# -- identities ----------------------------------------------------------------------------------


class ChainIdentityV2(Struct, path="pallet_subtensor::pallet::ChainIdentityV2"):
    """Who stands behind a coldkey."""

    name: Bytes
    url: Bytes
    github_repo: Bytes
    image: Bytes
    discord: Bytes
    description: Bytes
    additional: Bytes


class SubnetIdentityV3(Struct, path="pallet_subtensor::pallet::SubnetIdentityV3"):
    """What a subnet says about itself."""

    subnet_name: Bytes
    github_repo: Bytes
    subnet_contact: Bytes
    subnet_url: Bytes
    discord: Bytes
    description: Bytes
    logo_url: Bytes
    additional: Bytes


class SubnetLease(
    Struct,
    path="pallet_subtensor::subnets::leasing::SubnetLease",
    params={"AccountId": AccountId, "BlockNumber": u32, "Balance": u64},
):
    """A subnet registered with the money of a crowdloan."""

    beneficiary: AccountId
    coldkey: AccountId
    hotkey: AccountId
    emissions_share: Percent
    end_block: Option[u32]
    netuid: NetUid
    cost: u64


# -- choices -------------------------------------------------------------------------------------


class RecycleOrBurnEnum(UnitEnum, path="pallet_subtensor::pallet::RecycleOrBurnEnum"):
    """What becomes of emission withheld from the owner's own miners."""

    Burn = 0
    Recycle = 1


class RootClaimTypeEnum(Enum, path="pallet_subtensor::pallet::RootClaimTypeEnum"):
    """What a root staker's claims become: TAO on root, or alpha where it was earned."""

    class Swap(Variant, index=0):
        """Sell the alpha and stake the TAO on root."""

    class Keep(Variant, index=1):
        """Stake the alpha on the subnet that paid it."""

    class KeepSubnets(Variant, index=2):
        """Keep the alpha of these subnets, swap that of the others."""

        subnets: BTreeSet[NetUid]


class Hyperparameter(UnitEnum, path="pallet_subtensor::utils::rate_limiting::Hyperparameter"):
    """The settings whose changes by a subnet's owner are rate limited, each by itself."""

    Unknown = 0
    ServingRateLimit = 1
    MaxDifficulty = 2
    AdjustmentAlpha = 3
    MaxWeightLimit = 4
    ImmunityPeriod = 5
    MinAllowedWeights = 6
    Kappa = 7
    Rho = 8
    ActivityCutoff = 9
    PowRegistrationAllowed = 10
    MinBurn = 11
    MaxBurn = 12
    BondsMovingAverage = 13
    BondsPenalty = 14
    CommitRevealEnabled = 15
    LiquidAlphaEnabled = 16
    AlphaValues = 17
    WeightCommitInterval = 18
    TransferEnabled = 19
    AlphaSigmoidSteepness = 20
    Yuma3Enabled = 21
    BondsResetEnabled = 22
    ImmuneNeuronLimit = 23
    RecycleOrBurn = 24
    MaxAllowedUids = 25
    BurnHalfLife = 26
    BurnIncreaseMult = 27
    SubnetEmissionEnabled = 28
    MinChildkeyTake = 29
    ActivityCutoffFactorMilli = 30
    TriggerEpoch = 31


class RateLimitKey(Enum, path="pallet_subtensor::RateLimitKey", params={"AccountId": AccountId}):
    """What `LastRateLimitedBlock` remembers a block for."""

    class SetSNOwnerHotkey(Variant, index=0, unnamed=True):
        """The owner's hotkey of a subnet was changed."""

        value: NetUid

    class OwnerHyperparamUpdate(Variant, index=1, unnamed=True):
        """An owner changed a hyperparameter of a subnet."""

        netuid: NetUid
        hyperparameter: Hyperparameter

    class NetworkLastRegistered(Variant, index=2):
        """A subnet was registered."""

    class LastTxBlock(Variant, index=3, unnamed=True):
        """A key made a rate-limited transaction."""

        value: AccountId

    class LastTxBlockChildKeyTake(Variant, index=4, unnamed=True):
        """A hotkey changed its childkey take."""

        value: AccountId

    class LastTxBlockDelegateTake(Variant, index=5, unnamed=True):
        """A hotkey changed its delegate take."""

        value: AccountId

    class AddStakeBurn(Variant, index=6, unnamed=True):
        """A subnet's owner bought and burned alpha."""

        value: NetUid
