"""Bytes are kept for who holds a deposit, or free of charge for whom the chain asks."""

from __future__ import annotations

import hashlib

import pytest
from calls import made, pay
from chain_under_test import Chain

from taokit.chain_client.scale import AccountId
from taokit.local_chain.frame.call import PostDispatch
from taokit.local_chain.frame.errors import Corruption, Unavailable
from taokit.local_chain.frame.origin import ROOT, Origin
from taokit.local_chain.pallets.preimage import (
    HOLD,
    MAX_SIZE,
    BoundedCall,
    OldRequestStatus,
    RequestStatus,
)

POOR = bytes([9] * 32)
DATA = b"\x01"
DEPOSIT = 105_000_000


def hashed(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


HASH = hashed(DATA)


@pytest.fixture
def open_chain(chain: Chain) -> Chain:
    chain.begin_block()
    return chain


def note(chain: Chain, who: bytes | None, data: bytes = DATA) -> bool:
    """Note as a signed account, or as root (None); True if it is free."""
    origin = ROOT if who is None else Origin.signed(who)
    post = chain.runtime.preimage.note_preimage(origin, data)
    assert isinstance(post, PostDispatch)
    return not post.pays


def unnote(chain: Chain, who: bytes | None, hash: bytes = HASH) -> None:
    chain.call(who, "Preimage", "unnote_preimage", hash=hash)


def request(chain: Chain, hash: bytes = HASH) -> None:
    chain.call(None, "Preimage", "request_preimage", hash=hash)


def unrequest(chain: Chain, hash: bytes = HASH) -> None:
    chain.call(None, "Preimage", "unrequest_preimage", hash=hash)


def has(chain: Chain, data: bytes = DATA) -> bool:
    return chain.runtime.preimage.preimage_for.get((hashed(data), len(data))) == data


def held(chain: Chain, who: bytes) -> int:
    amount = chain.runtime.balances.held(HOLD, who)
    assert amount == chain.runtime.balances.data(who).reserved
    return amount


def test_an_account_notes_for_a_deposit_and_gets_it_back(open_chain: Chain) -> None:
    chain = open_chain
    before = chain.runtime.balances.free(chain.alice)
    assert not note(chain, chain.alice)
    assert has(chain)
    assert held(chain, chain.alice) == DEPOSIT
    assert chain.runtime.balances.free(chain.alice) == before - DEPOSIT
    assert chain.events("Preimage.Noted") == [(HASH,)]
    assert chain.refusal(chain.bob, "Preimage", "note_preimage", bytes=DATA) == "AlreadyNoted"
    assert chain.refusal(chain.bob, "Preimage", "unnote_preimage", hash=HASH) == "NotAuthorized"
    assert chain.refusal(chain.bob, "Preimage", "unnote_preimage", hash=bytes(32)) == "NotNoted"
    unnote(chain, chain.alice)
    assert not has(chain)
    assert held(chain, chain.alice) == 0
    assert not chain.runtime.balances.holds.contains(chain.alice)
    assert chain.events("Preimage.Cleared") == [(HASH,)]
    assert chain.refusal(chain.alice, "Preimage", "unnote_preimage", hash=HASH) == "NotNoted"


def test_who_cannot_hold_the_deposit_is_refused(open_chain: Chain) -> None:
    chain = open_chain
    refused = chain.refusal(POOR, "Preimage", "note_preimage", bytes=DATA)
    assert refused == "CannotCreateHold"
    chain.runtime.balances.mint(POOR, DEPOSIT)
    refused = chain.refusal(POOR, "Preimage", "note_preimage", bytes=DATA)
    assert refused == "FundsUnavailable"
    chain.runtime.balances.mint(POOR, 500)
    assert not note(chain, POOR)
    assert chain.runtime.balances.free(POOR) == 500


def test_root_notes_free_and_again(open_chain: Chain) -> None:
    chain = open_chain
    assert note(chain, None)
    assert note(chain, None)
    assert chain.refusal(chain.alice, "Preimage", "unnote_preimage", hash=HASH) == "NotAuthorized"
    unnote(chain, None)
    assert not has(chain)
    assert chain.refusal(None, "Preimage", "unnote_preimage", hash=HASH) == "NotNoted"


def test_root_drops_what_an_account_noted(open_chain: Chain) -> None:
    chain = open_chain
    note(chain, chain.alice)
    unnote(chain, None)
    assert not has(chain)
    assert held(chain, chain.alice) == 0


def test_what_is_asked_for_stays_until_it_is_not(open_chain: Chain) -> None:
    chain = open_chain
    note(chain, None)
    request(chain)
    unnote(chain, None)
    assert has(chain)
    unrequest(chain)
    assert not has(chain)


def test_what_is_asked_for_costs_nothing_and_is_the_same_either_way(open_chain: Chain) -> None:
    chain = open_chain
    request(chain)
    assert chain.events("Preimage.Requested") == [(HASH,)]
    assert note(chain, chain.alice)
    assert held(chain, chain.alice) == 0
    one_way = chain.runtime.preimage.request_status_for.get(HASH)
    unrequest(chain)
    note(chain, chain.alice)
    request(chain)
    unnote(chain, chain.alice)
    assert chain.runtime.preimage.request_status_for.get(HASH) == one_way
    assert has(chain)


def test_every_request_is_counted(open_chain: Chain) -> None:
    chain = open_chain
    request(chain)
    request(chain)
    note(chain, chain.alice)
    assert chain.refusal(None, "Preimage", "unrequest_preimage", hash=bytes(32)) == "NotRequested"
    unrequest(chain)
    assert has(chain)
    unrequest(chain)
    assert not has(chain)
    assert chain.refusal(None, "Preimage", "unrequest_preimage", hash=HASH) == "NotRequested"


def test_a_deposit_returns_once_after_a_request(open_chain: Chain) -> None:
    chain = open_chain
    note(chain, chain.alice, b"\x01" * 3)
    note(chain, chain.alice)
    assert held(chain, chain.alice) == 107_000_000 + DEPOSIT
    request(chain)
    unrequest(chain)
    unnote(chain, chain.alice)
    assert held(chain, chain.alice) == 107_000_000


def test_only_root_asks_and_sizes_are_limited(open_chain: Chain) -> None:
    chain = open_chain
    assert chain.refusal(chain.alice, "Preimage", "request_preimage", hash=HASH) == "BadOrigin"
    assert chain.refusal(chain.alice, "Preimage", "unrequest_preimage", hash=HASH) == "BadOrigin"
    big = bytes(MAX_SIZE + 1)
    assert chain.refusal(None, "Preimage", "note_preimage", bytes=big) == "TooBig"


def test_statuses_of_the_old_form_are_brought_over(open_chain: Chain) -> None:
    chain = open_chain
    pallet, balances = chain.runtime.preimage, chain.runtime.balances
    balances.reserve(chain.alice, 7)
    old = OldRequestStatus.Unrequested((AccountId(chain.alice), 7), 1)
    pallet.status_for.insert(HASH, old)
    origin = Origin.signed(chain.bob)
    assert pallet.ensure_updated(origin, [HASH]).pays is False
    assert pallet.ensure_updated(origin, [HASH]).pays is True
    status = pallet.request_status_for.get(HASH)
    assert isinstance(status, RequestStatus.Unrequested)
    assert held(chain, chain.alice) == DEPOSIT
    assert chain.refusal(chain.bob, "Preimage", "ensure_updated", hashes=[]) == "TooFew"
    many = [HASH] * 1_025
    assert chain.refusal(chain.bob, "Preimage", "ensure_updated", hashes=many) == "TooMany"


def test_other_pallets_keep_small_calls_and_store_large_ones(open_chain: Chain) -> None:
    pallet = open_chain.runtime.preimage
    small = pay(POOR, 1)
    inline = pallet.bound(small)
    assert isinstance(inline, BoundedCall.Inline)
    assert pallet.peek(inline) == (small, None)
    large = made("System", "remark", bytes(200))
    lookup = pallet.bound(large)
    assert isinstance(lookup, BoundedCall.Lookup)
    assert pallet.peek(lookup) == (large, lookup.len)
    assert pallet.peek(BoundedCall.Legacy(lookup.hash)) == (large, lookup.len)
    with pytest.raises(Unavailable):
        pallet.peek(BoundedCall.Lookup(lookup.hash, 3))
    pallet.drop(lookup)
    with pytest.raises(Unavailable):
        pallet.peek(lookup)
    pallet.drop(lookup)
    with pytest.raises(Corruption):
        pallet.peek(BoundedCall.Inline(b"\xff\xff"))
