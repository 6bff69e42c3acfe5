"""``taokit timelock``: text that nobody can read before a time, sealed to the chain's beacon."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli.context import Run
from taokit.cli.errors import MissingInput, NotYet, UsageError
from taokit.cli.global_options import NETWORK
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.timelocked import Beacon, Timelock

_ROUND_BYTES = 8
_LENGTH = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of("timelock")


app = group(more=_operations)


@command(app, "status", examples=["taokit timelock status"], shows=NETWORK)
def status(ctx: typer.Context) -> None:
    """Show the chain's beacon: its key, its rounds, and the newest that the chain has."""
    run = run_of(ctx)
    lock = _timelock(run)
    run.out.record(
        {
            "beacon": lock.beacon.name,
            "public_key": "0x" + lock.beacon.key.hex(),
            "seconds_per_round": lock.beacon.period,
            "round_now": lock.beacon.round_at(lock.timestamp_ms),
            "last_round": lock.last_round,
            "last_round_at": _moment(lock.beacon.time_of(lock.last_round)),
        }
    )


@command(
    app,
    "encrypt",
    examples=[
        "taokit timelock encrypt --message 'sealed bid: 12' --in 10m",
        "taokit timelock encrypt --message - --at 2027-01-01T00:00Z < letter.txt",
    ],
    shows=NETWORK,
)
def encrypt(
    ctx: typer.Context,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="What to encrypt; - is stdin."),
    ] = None,
    after: Annotated[
        str | None, typer.Option("--in", metavar="TIME", help="Until then: 90s, 10m, 2h, 7d.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until then: 2027-01-01T00:00Z.")
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Until so many blocks from now.")
    ] = None,
    round: Annotated[
        int | None, typer.Option("--round", metavar="N", min=1, help="Until this round.")
    ] = None,
) -> None:
    """Encrypt text so that anybody can read it from a time on, and nobody before.

    It is sealed to a round of the random beacon that the chain follows; the round is at its end.
    """
    run = run_of(ctx)
    given = [value for value in (after, at, blocks, round) if value is not None]
    if len(given) != 1:
        hint = "give one of --in, --at, --blocks, --round"
        raise MissingInput("until when", flag="--in TIME", hint=hint)
    until = None if at is None else _time(at)
    wait = None if after is None else _length(after)
    text = _input(run, message, "the message", "--message")
    lock = _timelock(run)
    if round is None:
        round = _round(lock, wait, until, blocks)
    if round <= lock.last_round:
        raise UsageError(
            f"round {round} has come already: the chain has round {lock.last_round}",
            hint="choose a later time",
        )
    sealed = lock.seal(text, round) + round.to_bytes(_ROUND_BYTES, "little")
    opens = _moment(lock.beacon.time_of(round))
    document = {"ciphertext": "0x" + sealed.hex(), "round": round, "opens_at": opens}
    run.out.line(document["ciphertext"], json=document)
    run.out.note(f"opens with round {round}, {opens}")


@command(
    app,
    "decrypt",
    examples=[
        "taokit timelock decrypt --ciphertext 0x...",
        "taokit timelock decrypt --ciphertext - < letter.hex",
    ],
    shows=NETWORK,
)
def decrypt(
    ctx: typer.Context,
    ciphertext: Annotated[
        str | None,
        typer.Option("--ciphertext", "-c", metavar="HEX", help="What was encrypted; - is stdin."),
    ] = None,
    round: Annotated[
        int | None,
        typer.Option("--round", metavar="N", min=1, help="Its round, if it is not at its end."),
    ] = None,
) -> None:
    """Read what was encrypted, once the chain has the pulse of its round."""
    from taokit.chain_client import timelock

    run = run_of(ctx)
    given = _input(run, ciphertext, "the encrypted text", "--ciphertext")
    try:
        sealed = bytes.fromhex(given.decode().strip().lower().removeprefix("0x"))
    except ValueError:
        raise UsageError("--ciphertext is not hex") from None
    number = int.from_bytes(sealed[-_ROUND_BYTES:], "little") if round is None else round
    lock = _timelock(run)
    if not 0 < number < 1 << 40:
        raise UsageError("the round is not at the end of --ciphertext", hint="add --round N")
    pulse = run.ask(lambda chain: chain.query("Drand", "Pulses", number), "reading the pulse")
    if pulse is None:
        raise _too_early(lock, number)
    opened = timelock.open_sealed(sealed, bytes(pulse["signature"]))
    if opened is None:
        raise UsageError(
            f"round {number} does not open it",
            hint="was it encrypted for another chain's beacon, or cut? --round N names its round",
        )
    try:
        text: str | None = opened.decode()
    except UnicodeDecodeError:
        text = None
    document = {"message": text, "message_hex": "0x" + opened.hex(), "round": number}
    run.out.line(document["message_hex"] if text is None else text, json=document)


def _timelock(run: Run) -> Timelock:
    return run.ask(lambda chain: chain.timelock(), "reading the beacon")


def _too_early(lock: Timelock, number: int) -> Exception:
    from taokit.chain_client.errors import NotFound

    opens = _moment(lock.beacon.time_of(number))
    if number <= lock.last_round:
        return NotFound(kind="pulse", name=number)
    return NotYet(
        f"round {number} has not come: the chain has round {lock.last_round}",
        hint=f"it opens {opens}",
    )


def _round(lock: Timelock, wait: int | None, until: int | None, blocks: int | None) -> int:
    if blocks is not None:
        return lock.round_in(blocks)
    moment = until if until is not None else lock.timestamp_ms + (wait or 0) * 1000
    return _round_by(lock.beacon, moment)


def _round_by(beacon: Beacon, moment_ms: int) -> int:
    """The first round that comes at the moment or after it."""
    number = beacon.round_at(moment_ms)
    return number if number and beacon.time_of(number) >= moment_ms else number + 1


def _length(text: str) -> int:
    parts = _LENGTH.findall(text)
    if not parts or _LENGTH.sub("", text).strip():
        raise UsageError(f"--in {text} is no length of time", hint="such as 90s, 10m, 2h, 7d")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def _time(text: str) -> int:
    """Milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"--at {text} is no time", hint="such as 2027-01-01T00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp() * 1000)


def _moment(time_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, timezone.utc)
    except (ValueError, OverflowError, OSError):  # a local chain may be sent past the year 9999
        return f"{time_ms} ms after 1970"
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _input(run: Run, given: str | None, what: str, flag: str) -> bytes:
    if given is None:
        given = run.prompts.text(what, flag=f"{flag} TEXT")
    if given != "-":
        return given.encode()
    from taokit.cli.wallets import leave_stdin

    leave_stdin(run, flag)
    return sys.stdin.buffer.read()
