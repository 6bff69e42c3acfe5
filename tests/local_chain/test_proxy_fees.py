"""Whose balance the fee of a proxied extrinsic comes from."""

from __future__ import annotations

import pytest
from calls import made, to
from chain_under_test import Chain

from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.node.trie_root import compact
from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.wallet.keypair import Keypair

BOB = Keypair.from_uri("//Bob")


def signed(chain: Chain, call: Call, nonce: int) -> bytes:
    """An extrinsic of Bob's, for ever valid."""
    encoded = RuntimeCallCodec.shared.encode(call)
    extra = b"\x00" + compact(nonce) + b"\x00" + b"\x00"
    version = chain.runtime.version()
    implicit = version["specVersion"].to_bytes(4, "little")
    implicit += version["transactionVersion"].to_bytes(4, "little")
    implicit += chain.runtime.system.block_hash.get(0) * 2 + b"\x00"
    signature = BOB.sign(encoded + extra + implicit)
    body = b"\x84\x00" + bytes(BOB.public_key) + b"\x01" + signature + extra + encoded
    return compact(len(body)) + body


@pytest.mark.parametrize("pays", [True, False])
def test_the_fee_comes_from_the_account_that_took_it_over(chain: Chain, pays: bool) -> None:
    chain.begin_block()
    delegate = to(chain.bob)
    chain.call(
        chain.alice, "Proxy", "add_proxy", delegate=delegate, proxy_type=ProxyType.Any, delay=0
    )
    chain.call(chain.alice, "Proxy", "set_real_pays_fee", delegate=delegate, pays_fee=pays)
    free = chain.runtime.balances.free
    before = {who: free(who) for who in (chain.alice, chain.bob)}
    payer, other = (chain.alice, chain.bob) if pays else (chain.bob, chain.alice)
    call = made("Proxy", "proxy", to(chain.alice), None, made("System", "remark", b""))
    assert chain.runtime.apply_extrinsic(signed(chain, call, 0)).included
    ((who, fee, _),) = chain.events("TransactionPayment.TransactionFeePaid")
    assert who == payer
    assert fee > 0
    assert free(payer) == before[payer] - fee
    assert free(other) == before[other]


def test_a_proxy_that_gives_up_its_payer_is_still_paid_for_by_it(chain: Chain) -> None:
    chain.begin_block()
    delegate = to(chain.bob)
    chain.call(
        chain.alice, "Proxy", "add_proxy", delegate=delegate, proxy_type=ProxyType.Any, delay=0
    )
    chain.call(chain.alice, "Proxy", "set_real_pays_fee", delegate=delegate, pays_fee=True)
    bob = chain.runtime.balances.free(chain.bob)
    call = made("Proxy", "proxy", to(chain.alice), None, made("Proxy", "remove_proxies"))
    assert chain.runtime.apply_extrinsic(signed(chain, call, 0)).included
    assert chain.events("TransactionPayment.TransactionFeePaid")[0][0] == chain.alice
    assert chain.runtime.balances.free(chain.bob) == bob
    assert not chain.runtime.proxy.proxies.contains(chain.alice)
