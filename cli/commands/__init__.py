"""The commands: one module for each group, imported only when the group is used.

Owns the table of groups: names, aliases, one-line summaries and the section of the root's help
that each is listed in. Adding a group is one line here and one module.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENTRIES", "Entry", "find"]


@dataclass(frozen=True)
class Entry:
    """One name at the root: where it is implemented and how it is listed."""

    name: str
    module: str
    summary: str
    section: str
    aliases: tuple[str, ...] = ()


ENTRIES: tuple[Entry, ...] = (
    Entry("demo", "demo", "Watch a subnet live: a guided run on a chain of its own", "Start here"),
    Entry("doctor", "doctor", "Check this installation, fit to paste in an issue", "Start here"),
    Entry("help", "help", "Help on a command or a topic", "Start here"),
    Entry("new", "new", "Make a subnet of your own from a template", "Start here"),
    Entry("wallet", "wallet", "Keys, balances and transfers", "Wallet", ("w", "wallets")),
    Entry("proxy", "proxy", "Accounts that may act for others", "Wallet"),
    Entry("multisig", "multisig", "Accounts that several sign for", "Wallet"),
    Entry("subnets", "subnets", "Subnets and their neurons", "Chain", ("s",)),
    Entry("stake", "stake", "Stake TAO on hotkeys, and take it back", "Chain", ("st",)),
    Entry("apply", "apply", "Apply a script of operations: staking on a schedule", "Chain"),
    Entry("order", "order", "Limit orders: trade stake at a price", "Chain"),
    Entry("lock", "lock", "Lock stake, and the conviction it gives", "Chain"),
    Entry("root", "root", "The root network: registration and claims", "Chain"),
    Entry("weights", "weights", "A validator's weights", "Chain", ("wt", "weight")),
    Entry("axon", "axon", "Announce where a neuron answers", "Chain"),
    Entry("commitment", "commitment", "What neurons publish on the chain", "Chain"),
    Entry("crowd", "crowd", "Crowdloans", "Chain", ("cr", "crowdloan")),
    Entry("lease", "lease", "Subnets that a crowdloan has leased", "Chain"),
    Entry("sudo", "sudo", "Settings of subnets, and of the chain", "Chain", ("su",)),
    Entry("view", "view", "A dashboard of a wallet and the subnets", "Chain"),
    Entry("subnet", "subnet", "A subnet of your own: make it, test it, run it", "Subnet"),
    Entry("localnet", "localnet", "The bundled local chain", "Local chain", ()),
    Entry("query", "query", "Ask the chain anything", "Advanced", ("q",)),
    Entry("tx", "tx", "Every operation by its name, signed elsewhere or together", "Advanced"),
    Entry("call", "call", "Send any call that the chain knows", "Advanced", ()),
    Entry("timelock", "timelock", "Encrypt to a time that has not come", "Advanced"),
    Entry("utils", "utils", "Convert amounts and addresses; time endpoints", "Advanced"),
    Entry("config", "config", "Settings, and where each comes from", "Advanced", ("c", "conf")),
    Entry("schema", "schema", "JSON Schema of what a command answers", "Advanced"),
    Entry("completion", "completion", "Completion for bash, zsh and fish", "Advanced"),
    Entry("tools", "tools", "All commands, reads and operations, for programs", "Advanced"),
    Entry("explain", "explain", "What an error code means and what helps", "Advanced", ()),
)


def find(name: str) -> Entry | None:
    """The entry of a name or an alias."""
    for entry in ENTRIES:
        if name == entry.name or name in entry.aliases:
            return entry
    return None
