"""``taokit localnet fault``: bad answers on purpose.

Asks over HTTP, where a request that only concerns development is answered well whatever is on: a
websocket might not even open.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.errors import LocalnetError, UsageError
from taokit.cli.tree import command, group, run_of

app = group()
KINDS = ("429", "hang", "slow", "drop", "off")


@command(
    app,
    "fault",
    section="Cheats",
    examples=[
        "taokit localnet fault 429 --count 3",
        "taokit localnet fault slow --seconds 5 --method state_getStorage",
        "taokit localnet fault off",
    ],
)
def fault(
    ctx: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="429 refuses, hang never answers, slow answers late, drop cuts the connection; "
            "off ends them all.",
        ),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only these RPC methods. Repeat it for several."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many requests. [default: all]")
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", min=0, help="How late, for slow.")] = 1.0,
) -> None:
    """Answer requests badly, to test clients. Faults add up until `fault off`.

    Without --method it concerns every request, and websockets that are being opened.
    """
    run = run_of(ctx)
    if kind not in KINDS:
        raise UsageError(f"there is no fault {kind!r}", hint=f"there are {', '.join(KINDS)}")
    if kind == "off":
        on = _post(run, "dev_clearRpcFaults")
    else:
        wanted = {"kind": kind, "methods": method or [], "count": count, "seconds": seconds}
        on = _post(run, "dev_setRpcFault", wanted)
    said = "; ".join(fault_in_words(one) for one in on) or "every request is answered well"
    run.out.line(said, json=on)


def fault_in_words(fault: dict[str, Any]) -> str:
    """A fault that is on, as people read it."""
    of = ", ".join(fault["methods"]) or "every request"
    times = "" if fault["count"] is None else f", {fault['count']} more times"
    late = f" ({fault['seconds']:g} s)" if fault["kind"] == "slow" else ""
    return f"{fault['kind']}{late}: {of}{times}"


def _post(run: Run, method: str, *params: object) -> Any:
    import http.client
    import urllib.error
    import urllib.request

    from taokit.cli.commands.localnet import INVALID_PARAMS
    from taokit.cli.connection import network_of, where_a_chain_is

    url = network_of(run).urls[0]
    request = urllib.request.Request(
        url.replace("ws", "http", 1),
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=run.settings["timeout.read"]) as answer:
            said = json.load(answer)
    except urllib.error.URLError as error:
        raise LocalnetError(
            f"cannot connect to {url}: {str(error.reason).partition('] ')[2] or error.reason}",
            hint=where_a_chain_is([url]),
        ) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LocalnetError(
            f"the chain did not answer: {error}", hint="is it a local chain of taokit?"
        ) from None
    if "error" in said:
        refusal = said["error"]
        wrong = refusal["code"] == INVALID_PARAMS
        raise LocalnetError(refusal["data"] if wrong else refusal["message"])
    return said["result"]
