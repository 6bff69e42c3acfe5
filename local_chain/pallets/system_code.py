"""Runtime upgrades: what of them a chain without WebAssembly can do.

Authorizing an upgrade is whole. Code is checked as `frame_system` checks it (authorization, hash,
spec name and version from the blob's custom section), and then refused with `Unavailable`: this
runtime is not a WebAssembly blob, and cannot become one. Nothing is written then, so that an
authorization stays.
"""

from __future__ import annotations

import hashlib

from taokit.chain_client.scale import H256, Bytes, u64
from taokit.local_chain.frame.call import Call, PostDispatch, call
from taokit.local_chain.frame.errors import Invalid, ModuleError, Unavailable
from taokit.local_chain.frame.extension import MAX_LONGEVITY, Validity
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.types import CodeUpgradeAuthorization, DigestItem
from taokit.local_chain.frame.weight import DispatchClass, weight
from taokit.local_chain.pallets.system_base import SystemBase
from taokit.local_chain.version import SPEC_NAME, SPEC_VERSION
from taokit.local_chain.wasm_version import embedded_version

HEAP_PAGES = b":heappages"
HIGHEST = 2**64 - 1
_SET_CODE = weight(164_247_810_000, 67_035, reads=1, writes=1)
_AUTHORIZE = weight(15_570_000, writes=1)


class SystemCode(SystemBase):
    """Heap pages, code and authorized upgrades."""

    @call(1, weight=weight(2_836_000, writes=1), dispatch_class=DispatchClass.Operational)
    def set_heap_pages(self, origin: Origin, pages: u64) -> None:
        """Set how much memory WebAssembly would get, and note it in the header. Root only."""
        ensure_root(origin)
        self.runtime.overlay.raw_put(HEAP_PAGES, pages.to_bytes(8, "little"))
        self.runtime.system.deposit_log(DigestItem.RuntimeEnvironmentUpdated())

    @call(2, weight=_SET_CODE, dispatch_class=DispatchClass.Operational)
    def set_code(self, origin: Origin, code: Bytes) -> None:
        """Check new code's spec name and version, then refuse it. Root only.

        This local chain runs no WebAssembly: code that passes the checks fails with `Unavailable`.
        """
        ensure_root(origin)
        wrong = self._wrong_version(code)
        raise wrong or Unavailable

    @call(3, weight=_SET_CODE, dispatch_class=DispatchClass.Operational)
    def set_code_without_checks(self, origin: Origin, code: Bytes) -> None:
        """Refuse new code with `Unavailable`: this local chain runs no WebAssembly. Root only."""
        ensure_root(origin)
        raise Unavailable

    @call(9, weight=_AUTHORIZE, dispatch_class=DispatchClass.Operational)
    def authorize_upgrade(self, origin: Origin, code_hash: H256) -> None:
        """Let anyone bring the code of this hash, if it is a newer version. Root only."""
        ensure_root(origin)
        self._authorize(code_hash, True)

    @call(10, weight=_AUTHORIZE, dispatch_class=DispatchClass.Operational)
    def authorize_upgrade_without_checks(self, origin: Origin, code_hash: H256) -> None:
        """Let anyone bring the code of this hash, whatever its version. Root only."""
        ensure_root(origin)
        self._authorize(code_hash, False)

    @call(
        11,
        weight=weight(166_858_158_000, 67_035, reads=2, writes=2),
        dispatch_class=DispatchClass.Operational,
    )
    def apply_authorized_upgrade(self, origin: Origin, code: Bytes) -> PostDispatch:
        """Bring the code that was authorized. Anyone may, signed or not.

        Code of another chain or of no newer version uses the authorization up, with an event. This
        local chain runs no WebAssembly: code that passes the checks fails with `Unavailable`, and
        the authorization stays.
        """
        authorized = self._authorization_of(code)
        self.authorized_upgrade.kill()
        wrong = self._wrong_version(code) if authorized.check_version else None
        if wrong is None:
            raise Unavailable
        self.deposit(self.Event.RejectedInvalidAuthorizedUpgrade(authorized.code_hash, wrong))
        return PostDispatch(pays=False)

    def validate_unsigned(self, call: Call) -> Validity:
        """Unsigned, only the code that was authorized is taken."""
        if call.spec.name != "apply_authorized_upgrade":
            raise Invalid("Call")
        try:
            authorized = self._authorization_of(call["code"])
        except ModuleError:
            raise Invalid("Call") from None
        return Validity(HIGHEST, [], [authorized.code_hash], MAX_LONGEVITY)

    def _authorize(self, code_hash: bytes, check_version: bool) -> None:
        self.authorized_upgrade.put(CodeUpgradeAuthorization(code_hash, check_version))
        self.deposit(self.Event.UpgradeAuthorized(code_hash, check_version))

    def _authorization_of(self, code: bytes) -> CodeUpgradeAuthorization:
        authorized: CodeUpgradeAuthorization | None = self.authorized_upgrade.get()
        if authorized is None:
            raise self.Error.NothingAuthorized
        if hashlib.blake2b(code, digest_size=32).digest() != authorized.code_hash:
            raise self.Error.Unauthorized
        return authorized

    def _wrong_version(self, code: bytes) -> ModuleError | None:
        """Why the code's version does not do; None if it does."""
        version = embedded_version(code)
        if version is None:
            return self.Error.FailedToExtractRuntimeVersion()
        if version.spec_name != SPEC_NAME:
            return self.Error.InvalidSpecName()
        if version.spec_version <= SPEC_VERSION:
            return self.Error.SpecVersionNeedsToIncrease()
        return None
