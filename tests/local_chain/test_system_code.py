"""Runtime upgrades: authorized, checked, and refused where the real runtime would run new code."""

from __future__ import annotations

import hashlib

import pytest
from calls import made
from chain_under_test import Chain

from taokit.chain_client.scale import Text, codec, u32
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import Invalid
from taokit.local_chain.frame.extrinsic import bare
from taokit.local_chain.wasm_version import embedded_version

HEADER = b"\x00asm\x01\x00\x00\x00"


def blob(
    name: str = "node-subtensor", version: int = 425, section: bytes = b"runtime_version"
) -> bytes:
    """A WebAssembly module of one code section and one custom section."""
    body = codec(Text).encode(name) + codec(Text).encode(name)
    body += codec(u32).encode(1) + codec(u32).encode(version) + codec(u32).encode(1)
    custom = bytes([len(section)]) + section + body
    return HEADER + b"\x0a\x81\x00\x00" + b"\x00" + bytes([len(custom)]) + custom


def hash_of(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=32).digest()


def test_a_blobs_version_is_in_its_custom_section() -> None:
    assert embedded_version(blob()) == ("node-subtensor", 425)
    for broken in (b"", blob()[:-1], blob()[1:], blob(section=b"another_section"), HEADER):
        assert embedded_version(broken) is None
    compressed = bytes([82, 188, 83, 118, 70, 219, 142, 5]) + blob()
    assert embedded_version(compressed) is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (b"not code", "FailedToExtractRuntimeVersion"),
        (blob(name="polkadot"), "InvalidSpecName"),
        (blob(version=424), "SpecVersionNeedsToIncrease"),
        (blob(), "Unavailable"),
    ],
)
def test_code_is_set_by_root_only_and_passes_no_further_than_its_checks(
    chain: Chain, code: bytes, error: str
) -> None:
    assert chain.refusal(None, "System", "set_code", code=code) == error
    assert chain.refusal(None, "System", "set_code_without_checks", code=code) == "Unavailable"
    for name in ("set_code", "set_code_without_checks"):
        assert chain.refusal(chain.alice, "System", name, code=code) == "BadOrigin"


def apply(chain: Chain, code: bytes, who: bytes | None = b"") -> str:
    return chain.refusal(who or chain.alice, "System", "apply_authorized_upgrade", code=code)


def test_what_was_authorized_is_brought_by_anyone_and_stays_authorized(chain: Chain) -> None:
    system, code = chain.runtime.system, blob()
    assert apply(chain, code) == "NothingAuthorized"
    assert chain.refusal(chain.alice, "System", "authorize_upgrade", code_hash=hash_of(code)) == (
        "BadOrigin"
    )
    chain.call(None, "System", "authorize_upgrade", code_hash=hash_of(code))
    assert chain.events("System.UpgradeAuthorized") == [(hash_of(code), True)]
    assert apply(chain, blob(version=426)) == "Unauthorized"
    assert apply(chain, code) == "Unavailable"
    assert system.authorized_upgrade.get().code_hash == hash_of(code)


def test_authorized_code_of_another_chain_uses_the_authorization_up(chain: Chain) -> None:
    code = blob(name="polkadot")
    chain.call(None, "System", "authorize_upgrade", code_hash=hash_of(code))
    chain.call(chain.alice, "System", "apply_authorized_upgrade", code=code)
    ((rejected, why),) = chain.events("System.RejectedInvalidAuthorizedUpgrade")
    assert (rejected, why.name) == (hash_of(code), "InvalidSpecName")
    assert chain.runtime.system.authorized_upgrade.get() is None
    chain.call(None, "System", "authorize_upgrade_without_checks", code_hash=hash_of(code))
    assert apply(chain, code) == "Unavailable"


def unsigned(code: bytes) -> Call:
    return made("System", "apply_authorized_upgrade", code)


def test_unsigned_only_authorized_code_is_taken(chain: Chain) -> None:
    system, code = chain.runtime.system, blob(name="polkadot")
    with pytest.raises(Invalid, match="Call"):
        system.validate_unsigned(unsigned(code))
    chain.call(None, "System", "authorize_upgrade", code_hash=hash_of(code))
    validity = system.validate_unsigned(unsigned(code))
    assert (validity.priority, validity.provides) == (2**64 - 1, [hash_of(code)])
    with pytest.raises(Invalid, match="Call"):
        system.validate_unsigned(made("System", "remark", b""))
    chain.begin_block()
    assert chain.runtime.apply_extrinsic(bare(unsigned(code))).included
    assert len(chain.events("System.RejectedInvalidAuthorizedUpgrade")) == 1
    assert not chain.runtime.apply_extrinsic(bare(unsigned(code))).included


def test_heap_pages_are_written_and_told_in_the_header(chain: Chain) -> None:
    chain.begin_block()
    chain.call(None, "System", "set_heap_pages", pages=9)
    assert chain.runtime.overlay.get_raw(b":heappages") == (9).to_bytes(8, "little")
    assert chain.runtime.finalize_block()[1:] == [b"\x08"]
