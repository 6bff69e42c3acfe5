"""A multisig's call as the chain takes it, with a timepoint of its own: what it would be refused.

Owns that. The operations on multisigs find timepoints and sort signatories themselves
(``multisigs``); this is for a call that was made elsewhere. Source of the rules: ``operate`` of
FRAME's multisig pallet.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.addresses import account_bytes
from taokit.chain_client.calls import Call
from taokit.chain_client.derived_accounts import call_hash, multisig_account
from taokit.chain_client.operations.base import Operation
from taokit.chain_client.operations.composed import inner_problem
from taokit.chain_client.operations.refusals import refusal

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["MultisigCall"]


@dataclass(frozen=True)
class MultisigCall(Operation):
    """``Multisig.as_multi`` with these arguments; ``made`` is the call itself."""

    threshold: int
    others: tuple[str, ...]
    timepoint: Any
    inner: Call
    made: Call

    def call(self) -> Call:
        return self.made

    def summary(self) -> str:
        return f"approve {self.inner.pallet}.{self.inner.name} as one of {len(self.others) + 1}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.multisigs import proposal

        found = self._misnamed(chain, signer)
        if found is not None:
            return found
        account = multisig_account((signer, *self.others), self.threshold)
        opened = await proposal(chain, account, call_hash(chain.encode_call(self.inner)))
        if opened is None:
            if self.timepoint is None:
                return None
            return _refused("UnexpectedTimepoint", f"nothing like it is proposed for {account}")
        if self.timepoint is None:
            return _refused("NoTimepoint", f"it is proposed already, at block {opened.height}")
        if (self.timepoint["height"], self.timepoint["index"]) != (opened.height, opened.index):
            where = f"block {opened.height}, extrinsic {opened.index}"
            return _refused("WrongTimepoint", f"it was proposed at {where}")
        if len({*opened.approvals, signer}) >= self.threshold:
            return await inner_problem(chain, self.inner, account)
        if signer in opened.approvals:
            return _refused("AlreadyApproved", f"{signer} has approved it already")
        return None

    def _misnamed(self, chain: ChainClient, signer: str) -> TaokitError | None:
        """A threshold or signatories that the chain does not take."""
        most = chain.constant("Multisig", "MaxSignatories")
        keys = [account_bytes(one) for one in self.others]
        if self.threshold < 2:
            return _refused("MinimumThreshold", "one approval is enough here")
        if not keys:
            return _refused("TooFewSignatories", "there is nobody beside the signer")
        if len(keys) >= most:
            return _refused("TooManySignatories", f"{len(keys) + 1} sign for it, and {most} may")
        if any(one >= following for one, following in itertools.pairwise(keys)):
            return _refused("SignatoriesOutOfOrder", "the signatories are not sorted")
        if account_bytes(signer) in keys:
            return _refused("SenderInSignatories", f"{signer} is among the other signatories")
        return None


def _refused(name: str, reason: str) -> TaokitError:
    return refusal(name, reason, pallet="Multisig")
