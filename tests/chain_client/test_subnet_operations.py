"""Operations on subnets do what they say on the bundled chain, and foresee its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from operation_stage import ALICE, Stage, a_stage, key, ss58, tao

from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.identities import SetIdentity, SetSubnetIdentity
from taokit.chain_client.operations.subnets import (
    CreateSubnet,
    DissolveSubnet,
    RegisterNeuron,
    SetSymbol,
    StartSubnet,
)
from taokit.chain_client.reads.subnets import registration_cost

NET, UNSTARTED, GONE = 2, 3, 4
OWNER = key("owner")
NEW = ss58("owner/new")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        stage.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
        assert stage.subnet("owner") == NET
        assert stage.subnet("second", start=False) == UNSTARTED
        assert stage.subnet("third") == GONE
        stage.register(NET, "miner")
        yield stage


def identity(stage: Stage, netuid: int) -> dict[str, str]:
    found = stage.get("SubnetIdentitiesV3", netuid)
    return {name: bytes(value).decode() for name, value in found.items()}


def test_an_identity_is_set_piece_by_piece(stage: Stage) -> None:
    stage.done(SetSubnetIdentity(NET, subnet_name="trees", description="0xgreen"), OWNER)
    op = SetSubnetIdentity(NET, discord_handle="ö", description="")
    effects = {e.what: (e.before, e.after) for e in stage.plan(op, OWNER).effects}
    assert effects == {"discord handle": (None, "ö"), "description": ("0xgreen", "nothing")}
    stage.done(op, OWNER)
    found = identity(stage, NET)
    assert (found["subnet_name"], found["discord"], found["description"]) == ("trees", "ö", "")


def test_a_coldkey_says_who_it_is(stage: Stage) -> None:
    stage.done(SetIdentity(id_name="Owner", web_url="https://a"), OWNER)
    stage.done(SetIdentity(image_url="https://b"), OWNER)
    found = stage.get("IdentitiesV2", OWNER.ss58_address)
    assert (found["name"], found["url"], found["image"]) == (b"Owner", b"https://a", b"https://b")


def test_a_symbol_is_taken_once(stage: Stage) -> None:
    plan = stage.plan(SetSymbol(NET, "ᚱ"), OWNER)
    stage.done(SetSymbol(NET, "ᚱ"), OWNER)
    assert bytes(stage.get("TokenSymbol", NET)).decode() == "ᚱ"
    assert plan.effects[0].after == "ᚱ"
    stage.assert_foreseen(SetSymbol(UNSTARTED, "ᚱ"), key("second"), "SymbolAlreadyInUse")


def test_a_neuron_is_registered_within_a_limit(stage: Stage) -> None:
    stage.fund("buyer")
    cost = stage.run(registration_cost(stage.client, NET))
    plan = stage.plan(RegisterNeuron(NET, ss58("buyer/1"), tolerance=Fraction(1, 10)), key("buyer"))
    assert plan.call.args["limit_price"].rao == cost.rao * 11 // 10
    stage.done(plan.operation, key("buyer"))
    stage.done(RegisterNeuron(NET, ss58("buyer/2")), key("buyer"))
    cheap = RegisterNeuron(NET, ss58("buyer/3"), limit_price=tao("0.0001"))
    stage.assert_foreseen(cheap, key("buyer"), "RegistrationPriceLimitExceeded")


def test_a_subnet_is_started_once_it_is_old_enough(stage: Stage) -> None:
    stage.sudo("AdminUtils", "sudo_set_start_call_delay", delay=60)
    problem = stage.plan(StartSubnet(UNSTARTED), key("second")).problem
    assert problem.name == "NeedWaitingMoreBlocksToStarCall"
    assert 0 < problem.retry_after_blocks < 60
    stage.assert_foreseen(StartSubnet(UNSTARTED), key("second"), "NeedWaitingMoreBlocksToStarCall")
    stage.mine(problem.retry_after_blocks - 1)
    stage.done(StartSubnet(UNSTARTED), key("second"))
    stage.assert_foreseen(
        StartSubnet(UNSTARTED), key("second"), "FirstEmissionBlockNumberAlreadySet"
    )


@pytest.mark.parametrize(
    ("op", "signer", "name"),
    [
        (StartSubnet(NET), "miner", "BadOrigin"),
        (SetSubnetIdentity(NET, subnet_name="x"), "miner", "NotSubnetOwner"),
        (SetSymbol(NET, "ᚠ"), "miner", "BadOrigin"),
        (SetIdentity(id_name="x"), "stranger", "HotKeyNotRegisteredInNetwork"),
        (RegisterNeuron(0, NEW), "miner", "RegistrationNotPermittedOnRootSubnet"),
        (RegisterNeuron(NET, ss58("miner/hot")), "miner", "HotKeyAlreadyRegisteredInSubNet"),
        (RegisterNeuron(UNSTARTED, ss58("owner/hot")), "miner", "NonAssociatedColdKey"),
        (CreateSubnet(ss58("owner/hot")), "miner", "NonAssociatedColdKey"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, signer: str, name: str) -> None:
    stage.fund("stranger")
    stage.assert_foreseen(op, key(signer), name)


def test_a_subnet_that_is_closed_takes_nobody(stage: Stage) -> None:
    args = {"netuid": GONE, "registration_allowed": False}
    stage.sudo("AdminUtils", "sudo_set_network_registration_allowed", **args)
    op = RegisterNeuron(GONE, NEW)
    stage.assert_foreseen(op, key("miner"), "SubNetRegistrationDisabled")


def test_new_subnets_wait_for_each_other(stage: Stage) -> None:
    stage.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=500)
    problem = stage.plan(CreateSubnet(NEW), OWNER).problem
    assert problem.name == "NetworkTxRateLimitExceeded"
    assert 0 < problem.retry_after_blocks < 500
    stage.assert_foreseen(CreateSubnet(NEW), OWNER, "NetworkTxRateLimitExceeded")


def test_root_dissolves_a_subnet_and_a_new_one_may_replace_another(stage: Stage) -> None:
    assert stage.plan(DissolveSubnet(GONE), OWNER).problem.name == "RequireSudo"
    stage.done(DissolveSubnet(GONE), ALICE)
    assert stage.get("NetworksAdded", GONE) is False
    stage.sudo("AdminUtils", "sudo_set_subnet_limit", max_subnets=3)
    stage.sudo("AdminUtils", "sudo_set_network_immunity_period", immunity_period=0)
    stage.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
    warnings = stage.plan(CreateSubnet(NEW), OWNER).warnings
    assert "would be dissolved" in warnings[0]


def test_texts_that_are_too_long_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="256 bytes"):
        SetSubnetIdentity(NET, subnet_name="ö" * 129)
    with pytest.raises(InvalidArgument, match="1024 bytes"):
        SetIdentity(description="x" * 1025)
