"""polkadot.js JSON: a published export opens, ours comes back, and wrong ones are named."""

from __future__ import annotations

import json

import pytest

from taokit.wallet import dev_key, export_json, import_json
from taokit.wallet.errors import CannotSign, DamagedKeyfile, UnsupportedKeyfile, WrongPassword

# A version 3 export in public circulation, not made by taokit; its password is "version3".
PUBLISHED = {
    "address": "FLiSDPCcJ6auZUGXALLj6jpahcP6adVFDBUQznPXUQ7yoqH",
    "encoded": "ILjSgYaGvq1zaCz/kx+aqfLaHBjLXz0Qsmr6RnkOVU4AgAAAAQAAAAgAAAB5R2hm5kgXyc0NQYFxvMU4"
    "zCdjB+ugs/ibEooqCvuudbaeKn3Ee47NkCqU1ecOJV+eeaVn4W4dRvIpj5kGmQOGsewR+MiQ/B0G9NFh7JXV0qcPlk2QMNW1"
    "/mbJrTO4miqL448BSkP7ZOhUV6HFUpMt3B9HwjiRLN8RORcFp0ID/Azs4Jl/xOpXNzbgQGIffWgCIKTxN9N1ku6tdlG4",
    "encoding": {
        "content": ["pkcs8", "sr25519"],
        "type": ["scrypt", "xsalsa20-poly1305"],
        "version": "3",
    },
    "meta": {"name": "version3", "whenCreated": 1595277797639},
}


def test_a_published_export_opens_and_signs():
    keypair = import_json(json.dumps(PUBLISHED), "version3")
    assert keypair.ss58_address == "5Eq6mu3Kyw5f9uepkTXHq9NpS7L9HupJnqLj2LWS3gBdEeVZ"
    assert keypair.verify(b"payload", keypair.sign(b"payload"))


@pytest.mark.parametrize("crypto_type", [0, 1])
def test_an_export_comes_back_with_the_same_private_key(crypto_type):
    alice = dev_key("Alice", crypto_type=crypto_type)
    document = export_json(alice, "pässword", name="mine", created_ms=7)
    again = import_json(document, "pässword")
    assert again == alice
    assert again.unsafe_secrets().private_key == alice.unsafe_secrets().private_key
    fields = json.loads(document)
    assert fields["meta"] == {"name": "mine", "whenCreated": 7}
    assert alice.unsafe_secrets().private_key.hex() not in document
    with pytest.raises(WrongPassword):
        import_json(document, "password")


def test_a_public_key_is_not_exported():
    with pytest.raises(CannotSign):
        export_json(dev_key("Alice").public(), "pw")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"encoding": {**PUBLISHED["encoding"], "version": "2"}}, UnsupportedKeyfile),
        ({"encoding": {**PUBLISHED["encoding"], "type": ["none"]}}, UnsupportedKeyfile),
        (
            {"encoding": {**PUBLISHED["encoding"], "content": ["pkcs8", "ecdsa"]}},
            UnsupportedKeyfile,
        ),
        ({"encoding": {**PUBLISHED["encoding"], "content": []}}, DamagedKeyfile),
        ({"accounts": []}, UnsupportedKeyfile),
        ({"address": dev_key("Alice").ss58_address}, DamagedKeyfile),
        ({"address": "x"}, DamagedKeyfile),
        ({"encoded": PUBLISHED["encoded"][:80]}, DamagedKeyfile),
        ({"encoded": "!!!"}, DamagedKeyfile),
        ({"encoded": None}, DamagedKeyfile),
        ({"encoded": "/////" * 100}, DamagedKeyfile),
    ],
)
def test_unusable_documents_are_named(change, error):
    with pytest.raises(error):
        import_json(json.dumps({**PUBLISHED, **change}), "version3")


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps(PUBLISHED)[:-5]])
def test_what_is_not_such_a_document_is_refused(text):
    with pytest.raises(DamagedKeyfile):
        import_json(text, "version3")
