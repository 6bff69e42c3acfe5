"""``taokit localnet``: bend the rules of a local chain."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from taokit.cli.commands.localnet import ask_dev, dev_block
from taokit.cli.context import Run
from taokit.cli.errors import LocalnetError, UsageError
from taokit.cli.table import Column
from taokit.cli.tree import command, group, nested, run_of

app = group()
setting = nested(app, "set", "Set balances, stakes and storage", section="Cheats")
finality = nested(app, "finality", "Stall finality, and resume it", section="Cheats")

_Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="SS58 address, wallet, or wallet/hotkey.")
]


def _who(run: Run, text: str) -> str:
    """The address of whatever means an account, keys made from any ``//path`` among it."""
    if text.startswith("//"):
        from taokit.wallet.keypair import Keypair

        return Keypair.from_uri(text).ss58_address
    from taokit.cli.addresses import resolve

    return resolve(run, text)


@command(setting, "balance", examples=["taokit localnet set balance //Bob 12.5"])
def set_balance(
    ctx: typer.Context,
    address: _Address,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="TAO, such as 1000.")],
) -> None:
    """Make AMOUNT the free balance of an account, whatever it was."""
    from taokit.chain_client.money import Tao

    run = run_of(ctx)
    who, new = _who(run, address), Tao.parse(amount)
    block = dev_block(run, "setting the balance", "dev_setBalance", who, new.rao)
    run.out.line(
        f"{who} has {run.out.money(new)}",
        json={"address": who, "balance": new, "block_hash": block},
    )


@command(
    setting,
    "stake",
    examples=["taokit localnet set stake //Alice 100 --coldkey //Alice --netuid 1"],
)
def set_stake(
    ctx: typer.Context,
    hotkey: Annotated[str, typer.Argument(metavar="HOTKEY", help="Whom it is staked to.")],
    amount: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="Alpha of the subnet, or TAO on subnet 0.")
    ],
    coldkey: Annotated[str, typer.Option(metavar="ADDRESS", help="Whose stake.")],
    netuid: Annotated[int, typer.Option(metavar="N", min=0, help="On which subnet.")],
) -> None:
    """Make AMOUNT what a coldkey has staked to a hotkey. No price and no balance moves."""
    from taokit.chain_client.money import Alpha, Tao

    run = run_of(ctx)
    rao = Tao.parse(amount).rao
    hot, cold = _who(run, hotkey), _who(run, coldkey)
    block = dev_block(run, "setting the stake", "dev_setStake", hot, cold, netuid, rao)
    new = Alpha(rao, netuid) if netuid else Tao(rao)
    told = {"hotkey": hot, "coldkey": cold, "netuid": netuid, "stake": new, "block_hash": block}
    run.out.line(f"{cold} has {run.out.money(new)} staked to {hot}", json=told)


@command(
    setting,
    "storage",
    examples=[
        "taokit localnet set storage SubtensorModule.Tempo 1 20",
        'taokit localnet set storage System.Account //Bob \'{"data": {"free": 1000}}\'',
        "taokit localnet set storage SubtensorModule.Tempo 1 --delete",
        "taokit localnet set storage 0x3a636f6465 0x00",
    ],
)
def set_storage(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Pallet.Item, or a raw key in hex.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY]... VALUE", help="Its keys and its new value, as JSON."),
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete it: give its keys and no value.")
    ] = False,
) -> None:
    """Write any storage. Fields left out of a record begin as its type does.

    Names are as the metadata has them. A raw key takes a raw value.
    """
    run = run_of(ctx)
    given = list(words or ())
    if not delete and not given:
        raise UsageError("there is no value", hint="give one, or --delete")
    value: Any = None
    if item.startswith("0x"):
        value = None if delete else given[-1]
        changes: Any = [[item, value]]
    else:
        pallet, name, keys, value = _named(run, item, given, delete)
        changes = {pallet: {name: [[keys, value]] if keys is not None else value}}
    block = dev_block(run, "writing", "dev_setStorage", changes)
    run.out.line(
        f"{item} {'deleted' if delete else 'written'} in {block}",
        json={"item": item, "block_hash": block},
    )


def _named(
    run: Run, item: str, words: list[str], delete: bool
) -> tuple[str, str, list[Any] | None, Any]:
    """Pallet, item, keys (None for an item without) and value (None to delete)."""
    from taokit.chain_client.errors import UnknownName
    from taokit.cli.raw_values import raw_value, typed_value

    pallet, _, name = item.partition(".")
    metadata = run.client.runtime.metadata
    if pallet not in metadata.pallets:
        raise UnknownName(kind="pallet", name=pallet, known=metadata.pallets)
    entries = metadata.pallets[pallet].storage
    if name not in entries:
        raise UnknownName(kind="storage item", name=name, known=entries, where=pallet)
    types = entries[name].key_types
    if len(words) != len(types) + (not delete):
        wanted = ", ".join(metadata.types.name(one) for one in types) or "no key"
        raise UsageError(f"{item} takes {wanted}{'' if delete else ', and a value'}")
    keys = [
        typed_value(run, metadata, one, raw_value(word))
        for one, word in zip(types, words, strict=False)
    ]
    value = None
    if not delete:
        value = typed_value(run, metadata, entries[name].value_type, raw_value(words[-1]))
    elif not types:
        raise UsageError(f"{item} has no keys", hint="delete it by its raw key")
    return pallet, name, keys if types else None, value


@command(
    app,
    "impersonate",
    section="Cheats",
    examples=[
        "taokit localnet impersonate 5F... -- System.remark remark=hello",
        "taokit localnet impersonate 5F...",
        "taokit localnet impersonate --stop",
    ],
)
def impersonate(
    ctx: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="As whom. [default: anybody]")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CALL] [ARG]...", help="One call, as `taokit call` takes it."),
    ] = None,
    stop: Annotated[
        bool, typer.Option("--stop", help="Ask for signatures again: ADDRESS's, or everybody's.")
    ] = False,
) -> None:
    """Act as an account without its key: one call, or whatever is sent from it until --stop.

    Without ADDRESS, everything that carries chopsticks' mock signature is taken.
    """

    run = run_of(ctx)
    who = None if address is None else _who(run, address)
    if who is not None and words and not stop:
        _call_as(run, who, words)
        return
    method = "dev_stopImpersonating" if stop else "dev_impersonate"
    told = ask_dev(run, "impersonating", method, who)
    said = ", ".join(told["impersonated"]) or "nobody"
    mocks = "; mock signatures are taken" if told["mockSignatures"] else ""
    whole = {_snake(name): value for name, value in told.items()}
    run.out.line(f"impersonated: {said}{mocks}", json=whole)


def _call_as(run: Run, who: str, words: list[str]) -> None:
    from taokit.cli.commands.call import call_of

    call = run.client.runtime.encode_call(call_of(run, words[0], words[1:]))
    made = ask_dev(run, "calling", "dev_call", who, "0x" + call.hex())
    if made["error"] is not None:
        where = f"extrinsic {made['number']}-{made['index']}"
        raise LocalnetError(f"{words[0]} failed: {made['error']} ({where})")
    run.out.line(f"extrinsic {made['number']}-{made['index']} ({made['extrinsic']})", json=made)


@command(
    app, "register", section="Cheats", examples=["taokit localnet register --netuid 1 --count 16"]
)
def register(
    ctx: typer.Context,
    netuid: Annotated[int, typer.Option(metavar="N", min=0, help="On which subnet.")],
    count: Annotated[int, typer.Option(metavar="K", min=1, max=256, help="How many.")] = 1,
    tao: Annotated[str, typer.Option(metavar="AMOUNT", help="What each coldkey holds.")] = "1000",
) -> None:
    """Register neurons for nothing, with development keys that are told.

    No price rises and no limit counts them. Where the subnet is full, whoever may be replaced is.
    """
    from taokit.chain_client.money import Tao

    run = run_of(ctx)
    wanted = {"netuid": netuid, "count": count, "rao": Tao.parse(tao).rao}
    made = ask_dev(run, "registering", "dev_registerNeurons", wanted)
    rows = [{_snake(name): value for name, value in one.items()} for one in made]
    columns = [
        Column("uid", "UID", right=True, priority=9),
        Column("hotkey_uri", "Hotkey", priority=8),
        Column("coldkey_uri", "Coldkey", priority=7),
        Column("hotkey", "Address of the hotkey", priority=3),
    ]
    run.out.table(columns, rows, json=rows)


@command(
    app,
    "rate-limits",
    section="Cheats",
    examples=["taokit localnet rate-limits off", "taokit localnet rate-limits on"],
)
def rate_limits(
    ctx: typer.Context,
    state: Annotated[str, typer.Argument(metavar="off|on", help="off ignores them.")],
) -> None:
    """Ignore the chain's rate limits, or keep them again."""
    run = run_of(ctx)
    if state not in ("off", "on"):
        raise UsageError("rate limits are off or on", hint="taokit localnet rate-limits off")
    ignored = ask_dev(run, "switching", "dev_ignoreRateLimits", state == "off")
    run.out.line(f"rate limits: {state}", json={"ignored": ignored})


@command(finality, "stall", examples=["taokit localnet finality stall"])
def stall(ctx: typer.Context) -> None:
    """Make no more blocks final."""
    run = run_of(ctx)
    last = ask_dev(run, "stalling", "dev_stallFinality")
    run.out.line(f"block {last} stays the last final one", json={"finalized": last})


@command(finality, "resume", examples=["taokit localnet finality resume"])
def resume_finality(ctx: typer.Context) -> None:
    """Make final what would be by now."""
    run = run_of(ctx)
    newest = ask_dev(run, "resuming", "dev_resumeFinality")
    run.out.line(f"block {newest} is final", json={"finalized": newest})


@command(
    app,
    "drop-pulses",
    section="Cheats",
    examples=["taokit localnet drop-pulses 10", "taokit localnet drop-pulses 0"],
)
def drop_pulses(
    ctx: typer.Context,
    blocks: Annotated[
        int | None, typer.Argument(metavar="[N]", min=0, help="Of how many. [default: all]")
    ] = None,
) -> None:
    """Lose the beacon's pulses of the blocks to come; 0 ends it."""
    run = run_of(ctx)
    told = ask_dev(run, "switching", "dev_dropPulses", blocks)
    said = "all to come" if told is None else str(told)
    run.out.line(f"blocks without pulses: {said}", json={"blocks": told})


@command(app, "switches", section="Cheats", examples=["taokit localnet switches"])
def switches(ctx: typer.Context) -> None:
    """What of a local chain is not as it would be by itself."""
    from taokit.cli.commands.localnet_faults import fault_in_words

    run = run_of(ctx)
    told = ask_dev(run, "asking", "dev_switches")
    whole = {_snake(name): value for name, value in told.items()}
    shown = {
        **whole,
        "impersonated": ", ".join(told["impersonated"]) or "nobody",
        "faults": "; ".join(fault_in_words(one) for one in told["faults"]) or "none",
    }
    run.out.record(shown, json=whole)


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name)
