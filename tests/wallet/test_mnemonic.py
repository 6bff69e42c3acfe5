"""Recovery phrases against the published vectors, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.wallet import mnemonic
from taokit.wallet.errors import InvalidMnemonic
from taokit.wallet.keypair import Keypair

VECTORS = json.loads((Path(__file__).parent / "mnemonic_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["seeds_with_password_Substrate"])
def test_phrases_give_the_entropy_and_seed_of_substrate_bip39(vector):
    assert mnemonic.entropy_from_phrase(vector["phrase"]).hex() == vector["entropy"]
    assert mnemonic.phrase_from_entropy(bytes.fromhex(vector["entropy"])) == vector["phrase"]
    assert mnemonic.seed_from_phrase(vector["phrase"], "Substrate").hex() == vector["seed"]


@pytest.mark.parametrize("vector", VECTORS["accounts"])
def test_phrases_of_every_length_give_the_published_accounts(vector):
    assert mnemonic.phrase_from_entropy(bytes.fromhex(vector["entropy"])) == vector["phrase"]
    for crypto_type, scheme in enumerate(("ed25519", "sr25519")):
        keypair = Keypair.from_mnemonic(vector["phrase"], crypto_type=crypto_type)
        assert keypair.ss58_address == vector[scheme]


def test_the_word_list_agrees_with_bip_utils():
    from bip_utils import Bip39MnemonicDecoder, Bip39MnemonicGenerator

    for words in mnemonic.WORD_COUNTS:
        ours = mnemonic.generate_phrase(words)
        assert Bip39MnemonicDecoder().Decode(ours) == mnemonic.entropy_from_phrase(ours)
        theirs = str(Bip39MnemonicGenerator().FromWordsNumber(words))
        assert Bip39MnemonicDecoder().Decode(theirs) == mnemonic.entropy_from_phrase(theirs)


@given(st.sampled_from([16, 20, 24, 28, 32]).flatmap(lambda n: st.binary(min_size=n, max_size=n)))
def test_every_entropy_comes_back_from_its_phrase(entropy):
    assert mnemonic.entropy_from_phrase(mnemonic.phrase_from_entropy(entropy)) == entropy


@pytest.mark.parametrize("words", mnemonic.WORD_COUNTS)
def test_generated_phrases_have_the_length_asked_for_and_differ(words):
    phrases = {mnemonic.generate_phrase(words) for _ in range(5)}
    assert {len(phrase.split()) for phrase in phrases} == {words}
    assert len(phrases) == 5


def test_case_and_spacing_do_not_matter():
    untidy = "  " + mnemonic.DEV_PHRASE.upper().replace(" ", " \n ")
    assert mnemonic.normalize_phrase(untidy) == mnemonic.DEV_PHRASE
    assert mnemonic.seed_from_phrase(untidy) == mnemonic.seed_from_phrase(mnemonic.DEV_PHRASE)


@pytest.mark.parametrize(
    "phrase",
    [
        "",
        "bottom",
        "bottom drive obey lake curtain smoke basket hold race lonely fit fit",
        "bottom drive obey lake curtain smoke basket hold race lonely fit wallk",
        "drive bottom obey lake curtain smoke basket hold race lonely fit walk",
        "bottom drive obey lake curtain smoke basket hold race lonely fit walk walk",
    ],
)
def test_wrong_phrases_are_refused_without_quoting_a_word(phrase):
    with pytest.raises(InvalidMnemonic) as caught:
        mnemonic.normalize_phrase(phrase)
    told = f"{caught.value!r} {caught.value.hint}"
    assert not any(word in told for word in ("bottom", "drive", "curtain", "wallk"))


@pytest.mark.parametrize("words", [0, 11, 13, 25])
def test_no_phrase_of_another_length_is_generated(words):
    with pytest.raises(InvalidMnemonic):
        mnemonic.generate_phrase(words)
