"""Errors of contracts, of the EVM and of ink!: what each means and what to do about it.

Owns the meanings too, for the local chain has neither of those pallets. taokit sends no
transaction to either; a call sent raw, or from another client, may fail so.
"""

from __future__ import annotations

__all__ = ["MEANINGS", "REMEDIES"]

_CONTRACT = "the contract has to be changed:"
_UPLOAD = "upload another code:"

# Meaning and remedy of each, side by side.
_ERRORS = {
    "EVM": {
        "BalanceLow": (
            "The Ethereum account cannot pay for the call.",
            "send TAO to the address that mirrors it: "
            "`taokit wallet transfer --to ADDRESS --amount AMOUNT -w WALLET`",
        ),
        "FeeOverflow": (
            "Gas times price is more than a number holds.",
            "lower the gas limit or the gas price",
        ),
        "PaymentOverflow": (
            "Fee and value together are more than a number holds.",
            "lower the value, the gas limit or the gas price",
        ),
        "WithdrawFailed": (
            "The fee could not be taken from the account.",
            "free its TAO: `taokit wallet balance --ss58 ADDRESS` of its mirror shows what is free",
        ),
        "GasPriceTooLow": (
            "The price offered for gas is under the block's.",
            "offer what eth_gasPrice answers, or more",
        ),
        "InvalidNonce": (
            "The nonce is not the account's next one.",
            "take the one that eth_getTransactionCount answers for the pending block",
        ),
        "GasLimitTooLow": (
            "The gas limit does not even cover the transaction's own cost.",
            "give what eth_estimateGas answers, or more",
        ),
        "GasLimitTooHigh": (
            "The gas limit is more than a block has.",
            "give what eth_estimateGas answers, or split the transaction",
        ),
        "InvalidChainId": (
            "The transaction was signed for another chain.",
            "sign it for the chain that `taokit sudo get --param evm_chain_id` tells",
        ),
        "InvalidSignature": (
            "The signature does not fit the transaction.",
            "sign again with the account's own key",
        ),
        "Reentrancy": (
            "A precompile called the EVM, and that called the EVM again.",
            f"{_CONTRACT} it may not call back through a precompile",
        ),
        "TransactionMustComeFromEOA": (
            "The sender's address has code (EIP-3607).",
            "send from an account without code",
        ),
        "Undefined": (
            "The EVM stopped for a reason that has no name.",
            "trace the transaction with debug_traceTransaction of an archive node",
        ),
        "NotAllowed": (
            "This address may not deploy contracts.",
            "have root allow it (whitelist), or deploy where nobody is kept out",
        ),
        "CreateOriginNotAllowed": (
            "This address may not deploy contracts.",
            "have root put it on the list of deployers: "
            "`taokit call list AdminUtils` shows the call",
        ),
    },
    "Ethereum": {
        "InvalidSignature": (
            "The signature of the Ethereum transaction names nobody.",
            "sign again, for the chain that `taokit sudo get --param evm_chain_id` tells",
        ),
        "PreLogExists": (
            "The block has an Ethereum block in its header already.",
            "only block authors and the node meet this: send no transact call by hand",
        ),
    },
    "Contracts": {
        "InvalidSchedule": (
            "The new schedule of prices is not one.",
            "root alone sets it: give a version above the present one",
        ),
        "InvalidCallFlags": (
            "The flags of a call between contracts exclude each other.",
            f"{_CONTRACT} call without forwarding input and tail call together",
        ),
        "OutOfGas": (
            "The call needed more weight than it was given.",
            "give more: ContractsApi_call (a dry run) tells how much it takes",
        ),
        "OutputBufferTooSmall": (
            "What the chain answered does not fit the contract's buffer.",
            f"{_CONTRACT} give a larger buffer",
        ),
        "TransferFailed": (
            "The contract or caller holds less than was to be sent.",
            "send it TAO: `taokit wallet transfer --to ADDRESS --amount AMOUNT -w WALLET`",
        ),
        "MaxCallDepthReached": (
            "Contracts called one another too deeply.",
            f"{_CONTRACT} call less deeply, or in a loop",
        ),
        "ContractNotFound": (
            "There is no contract at that address.",
            "check the address and the network (--network); instantiate it first",
        ),
        "CodeTooLarge": (
            "The code is larger than the chain takes.",
            f"{_UPLOAD} built with --release and optimized (cargo contract build --release)",
        ),
        "CodeNotFound": (
            "No code of that hash is on the chain.",
            "upload it first, or check the hash and the network (--network)",
        ),
        "CodeInfoNotFound": (
            "Nothing is known of the code of that hash.",
            "upload it first, or check the hash and the network (--network)",
        ),
        "OutOfBounds": (
            "A pointer of the contract is outside of its memory.",
            f"{_CONTRACT} it gives the chain an address out of its memory",
        ),
        "DecodingFailed": (
            "The chain could not read what the contract gave it.",
            f"{_CONTRACT} encode the argument as the runtime's metadata says",
        ),
        "ContractTrapped": (
            "The contract panicked.",
            "call it as it means to be called: a dry run with debug messages tells where",
        ),
        "ValueTooLarge": (
            "A value in storage or an event is larger than the chain takes.",
            f"{_CONTRACT} store it in parts",
        ),
        "TerminatedWhileReentrant": (
            "A contract ended itself while it was being called twice.",
            f"{_CONTRACT} end it outside of calls to itself",
        ),
        "InputForwarded": (
            "The input was handed on already, and is read again.",
            f"{_CONTRACT} read the input before it is forwarded, or clone it",
        ),
        "RandomSubjectTooLong": (
            "The subject given for a random number is too long.",
            f"{_CONTRACT} hash the subject first",
        ),
        "TooManyTopics": (
            "An event has too many topics.",
            f"{_CONTRACT} mark four fields of an event as topics at most",
        ),
        "NoChainExtension": (
            "The contract calls a chain extension that is not there.",
            f"{_CONTRACT} use an extension of this chain, or another chain (--network)",
        ),
        "XCMDecodeFailed": (
            "The cross-chain message cannot be read.",
            f"{_CONTRACT} this chain takes no cross-chain messages",
        ),
        "DuplicateContract": (
            "A contract of this code, input and salt is there already.",
            "give another salt",
        ),
        "TerminatedInConstructor": (
            "The contract ended itself while it was being made.",
            f"{_CONTRACT} its constructor may not terminate it",
        ),
        "ReentranceDenied": (
            "The contract was called again while it ran, which it does not allow.",
            f"{_CONTRACT} allow reentry in the flags of its call, if that is safe",
        ),
        "StateChangeDenied": (
            "A call that may only read tried to write.",
            f"{_CONTRACT} call without the read-only flag",
        ),
        "StorageDepositNotEnoughFunds": (
            "The caller cannot pay the deposit for storage.",
            "send the caller TAO: `taokit wallet balance -w WALLET` shows what is free",
        ),
        "StorageDepositLimitExhausted": (
            "The deposit for storage would be above the limit given.",
            "give a greater storage_deposit_limit: a dry run tells how much it takes",
        ),
        "CodeInUse": (
            "A contract still uses the code.",
            "end those contracts, or set another code for them, before it is removed",
        ),
        "ContractReverted": (
            "The contract undid what it did, and says why in its output.",
            "read that in the output of a dry run, and call it as it means to be called",
        ),
        "CodeRejected": (
            "The code is not valid, or uses what this chain does not offer.",
            f"{_UPLOAD} built with a cargo-contract that fits the chain's pallet",
        ),
        "Indeterministic": (
            "The code uses floating point, and was to run on the chain.",
            f"{_UPLOAD} without floating point",
        ),
        "MigrationInProgress": (
            "Contracts are being moved to a new format.",
            "wait until the migration is over",
        ),
        "NoMigrationPerformed": (
            "There is nothing to migrate.",
            "nothing to do: only a call to migrate by hand meets this",
        ),
        "MaxDelegateDependenciesReached": (
            "The contract holds as many codes as it may.",
            f"{_CONTRACT} let go of one (unlock_delegate_dependency)",
        ),
        "DelegateDependencyNotFound": (
            "The contract does not hold that code.",
            f"{_CONTRACT} let go only of a code that it holds",
        ),
        "DelegateDependencyAlreadyExists": (
            "The contract holds that code already.",
            f"{_CONTRACT} hold each code once",
        ),
        "CannotAddSelfAsDelegateDependency": (
            "A contract cannot hold its own code.",
            f"{_CONTRACT} name the code of another contract",
        ),
        "OutOfTransientStorage": (
            "The contract keeps more for the time of a transaction than it may.",
            f"{_CONTRACT} keep less in transient storage",
        ),
    },
}

MEANINGS = {
    pallet: {name: meaning for name, (meaning, _) in table.items()}
    for pallet, table in _ERRORS.items()
}
REMEDIES = {
    pallet: {name: remedy for name, (_, remedy) in table.items()}
    for pallet, table in _ERRORS.items()
}
