"""A miner and a validator as programs: settings, keys, connection, state, tasks, until told to end.

Owns putting the parts together. Does not own any part, nor a subnet: a project's ``main`` hands in
its mechanism. Both return the process's exit status.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from taokit.neuron.config import (
    GatewaySettings,
    MinerSettings,
    NeuronSettings,
    ValidatorSettings,
    load,
)
from taokit.neuron.loops.supervise import GaveUp, Supervisor
from taokit.neuron.mechanism import ArenaMechanism, Mechanism, RoundsMechanism, ServiceMechanism
from taokit.neuron.observe.logs import configure
from taokit.neuron.observe.metrics import Metrics
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from pathlib import Path

    from taokit.neuron.gateway.app import Gateway
    from taokit.neuron.gateway.deposits import DepositWatcher
    from taokit.neuron.gateway.revenue import OnRevenue
    from taokit.neuron.gateway.route import Route
    from taokit.neuron.live_chain import LiveChain
    from taokit.neuron.loops.arena import Fetch
    from taokit.neuron.loops.validator import Validator
    from taokit.neuron.store import Store
    from taokit.wallet.keypair import Keypair
    from taokit.wallet.signer import Signer

__all__ = ["hotkey_of", "run_gateway", "run_miner", "run_validator"]

CANNOT_START = 2


def run_validator(
    mechanism: Mechanism,
    argv: Sequence[str],
    *,
    fetch: Fetch | None = None,
    routes: Sequence[Route[Any, Any, Any]] = (),
    extend: Callable[[Gateway], None] | None = None,
    settings: type[ValidatorSettings] = ValidatorSettings,
) -> int:
    """Validate until told to end. ``fetch`` brings artifacts, for an arena.

    With a ``gateway_port``, sell as well: ``routes``, a part of which is then audited, and what
    ``extend`` adds to the gateway (as in ``run_gateway``).
    """

    async def start(chosen: ValidatorSettings, supervisor: Supervisor, metrics: Metrics) -> None:
        from taokit.neuron.client import MinerClient
        from taokit.neuron.fanout import fanout
        from taokit.neuron.weights import WeightSetter

        evaluating = fanout(
            chosen.fanout,
            workers=chosen.fanout_workers,
            address=chosen.fanout_address,
            patience_s=chosen.fanout_seconds,
        )
        supervisor.at_end(evaluating.close)
        await evaluating.width()  # a cluster that cannot be joined is told now
        signer = hotkey_of(chosen)
        chain = await _connected(chosen, signer, supervisor)
        store = _store(chosen)
        supervisor.at_end(_closing(store))
        client = MinerClient(signer, total=chosen.at_once)
        supervisor.at_end(client.close)
        weights = WeightSetter(chain, store, every_epochs=chosen.every_epochs)
        log = configure(chosen.log_form, chosen.log_level, netuid=chosen.netuid)
        pacing: dict[str, Any] = {
            "tick_blocks": chosen.tick_blocks,
            "log": log,
            "metrics": metrics,
            "fanout": evaluating,
        }
        validator = _validator(mechanism, chain, client, fetch, store, weights, chosen, pacing)
        if chosen.gateway_port and (routes or extend is not None):
            from taokit.neuron.gateway import Gateway

            for_buyers = MinerClient(signer)
            supervisor.at_end(for_buyers.close)
            gateway = Gateway(
                chain,
                for_buyers,
                store,
                routes=routes,
                audits=getattr(validator, "audit_queue", None),
                audit_rate=chosen.audit_rate,
                registry=metrics.registry,
                log=log,
            )
            if extend is not None:
                extend(gateway)
            url = await gateway.start(chosen.gateway_host, chosen.gateway_port)
            supervisor.at_end(gateway.stop)
            log.info("selling", url=url, paths=gateway.paths)
        supervisor.add("validator", validator.run)
        supervisor.at_stop(validator.stop)

    return _program(settings, argv, start)


def run_gateway(
    routes: Sequence[Route[Any, Any, Any]],
    argv: Sequence[str],
    *,
    settings: type[GatewaySettings] = GatewaySettings,
    extend: Callable[[Gateway], None] = lambda gateway: None,
    on_revenue: OnRevenue | None = None,
) -> int:
    """Sell ``routes`` until told to end, by the scores of the validator whose state it shares.

    ``extend`` may add to the gateway what is no route: paths that no miner answers. ``on_revenue``
    is told what was earned, hour by hour.

    A part of what is sold waits there for that validator to audit it.

    With ``--open-account NAME``, open an account with ``--grant`` credits, print its key and end.
    Whatever begins with ``accounts``, ``keys``, ``credit`` or ``books`` is for ``gateway.console``.
    """
    from taokit.neuron.gateway import console

    if argv and argv[0] in console.GROUPS:
        return _told_errors(
            lambda: console.run(lambda folder: _state(folder or load(settings).state), argv)
        )

    async def start(chosen: GatewaySettings, supervisor: Supervisor, metrics: Metrics) -> None:
        from taokit.neuron.client import MinerClient
        from taokit.neuron.gateway import Gateway
        from taokit.neuron.gateway.stored_audits import StoredAudits

        store = _store(chosen)
        supervisor.at_end(_closing(store))
        if chosen.open_account:
            sys.stdout.write(f"{_opened(store, chosen)}\n")
            return
        signer = hotkey_of(chosen)
        chain = await _connected(chosen, signer, supervisor)
        client = MinerClient(signer)
        supervisor.at_end(client.close)
        log = configure(chosen.log_form, chosen.log_level, netuid=chosen.netuid)
        # An audit that is lost with the power costs nobody anything; selling does not wait for it.
        of_audits = _store(chosen, durable=False)
        supervisor.at_end(_closing(of_audits))
        deposits = _deposits(chain, store, chosen, log)
        gateway = Gateway(
            chain,
            client,
            store,
            routes=routes,
            audits=StoredAudits(of_audits),
            on_revenue=on_revenue,
            audit_rate=chosen.audit_rate,
            deposits=deposits,
            registry=metrics.registry,
            log=log,
        )
        extend(gateway)
        if deposits is not None:
            await deposits.step()
            supervisor.add("deposits", deposits.run)
            supervisor.at_end(deposits.stop)
        url = await gateway.start(chosen.host, chosen.port)
        supervisor.at_end(gateway.stop)
        log.info("selling", url=url, paths=gateway.paths)
        supervisor.add("gateway", _for_ever)

    return _program(settings, argv, start)


def run_miner(
    mechanism: Mechanism,
    handler: Any,
    argv: Sequence[str],
    *,
    settings: type[MinerSettings] = MinerSettings,
) -> int:
    """Serve ``handler`` at the mechanism's path until told to end.

    A handler may be an object with ``answer``; if it has ``seated``, it is told its ``signer`` and
    its ``chain``, and if it has ``step``, that is awaited with the number of each new block. With
    ``extend``, it is handed the server, to serve more paths (streams, say).
    """

    async def start(chosen: MinerSettings, supervisor: Supervisor, metrics: Metrics) -> None:
        from taokit.neuron.loops.miner import Miner
        from taokit.neuron.metagraph import Endpoint
        from taokit.neuron.server import MinerServer
        from taokit.neuron.serving.gate import PermitOrStake
        from taokit.neuron.wiring import taking_caller, wire_of

        signer = hotkey_of(chosen)
        chain = await _connected(chosen, signer, supervisor)
        path, request, response = wire_of(mechanism)
        gate = PermitOrStake(chosen.min_stake) if chosen.min_stake else PermitOrStake()
        server = MinerServer(
            signer, chain, netuid=chosen.netuid, gate=gate, registry=metrics.registry
        )
        if hasattr(handler, "seated"):
            handler.seated(SimpleNamespace(signer=signer, chain=chain))
        answer = getattr(handler, "answer", handler)
        server.handler(path, request, response)(taking_caller(answer))
        if hasattr(handler, "extend"):
            handler.extend(server)
        if hasattr(handler, "step"):
            supervisor.add("work", lambda: _at_blocks(chain, handler.step))
        publish = None
        if chosen.external_ip:
            publish = Endpoint(chosen.external_ip, chosen.external_port or chosen.port)
        log = configure(chosen.log_form, chosen.log_level, netuid=chosen.netuid)
        miner = Miner(server, chain, host=chosen.host, port=chosen.port, publish=publish, log=log)
        supervisor.add("miner", miner.run)
        supervisor.at_end(miner.stop)

    return _program(settings, argv, start)


async def _at_blocks(chain: LiveChain, step: Callable[[int], Any]) -> None:
    async for head in chain.heads():
        await step(head.number)


def hotkey_of(settings: NeuronSettings) -> Keypair:
    """A neuron's hotkey, unlocked: it signs every message. Raises WalletError."""
    from taokit.wallet.wallet import Wallet

    return Wallet(settings.wallet, settings.hotkey, path=settings.wallets_path).hotkey


def _program(settings: type[Any], argv: Sequence[str], start: Callable[..., Any]) -> int:
    async def run() -> int:
        chosen = load(settings, argv)
        log = configure(chosen.log_form, chosen.log_level, netuid=chosen.netuid)
        metrics = Metrics()
        supervisor = Supervisor(
            log=log,
            crashes=chosen.crashes,
            on_restart=lambda name: metrics.restarts.labels(name).inc(),
        )
        await start(chosen, supervisor, metrics)
        if chosen.metrics_port:
            from prometheus_client import start_http_server

            server, thread = start_http_server(chosen.metrics_port, registry=metrics.registry)
            supervisor.at_end(lambda: asyncio.to_thread(_shut, server, thread))
        try:
            await supervisor.run(signals=True)
        except GaveUp as error:
            log.error("gave_up", detail=str(error))
            return 1
        return 0

    return _told_errors(lambda: asyncio.run(run()))


def _told_errors(work: Callable[[], int]) -> int:
    try:
        return work()
    except TaokitError as error:
        hint = f" ({error.hint})" if error.hint else ""
        sys.stderr.write(f"{error.code}: {error}{hint}\n")
        return CANNOT_START


async def _connected(settings: NeuronSettings, signer: Signer, supervisor: Supervisor) -> LiveChain:
    from taokit.neuron.live_chain import LiveChain

    chain = await LiveChain.connect(settings.network, settings.netuid, signer)
    supervisor.at_end(chain.close)
    return chain


def _validator(
    mechanism: Mechanism,
    chain: LiveChain,
    client: Any,
    fetch: Fetch | None,
    store: Any,
    weights: Any,
    settings: ValidatorSettings,
    pacing: dict[str, Any],
) -> Validator:
    from taokit.neuron.errors import ConfigError
    from taokit.neuron.loops.arena import ArenaValidator
    from taokit.neuron.loops.rounds import RoundsValidator
    from taokit.neuron.loops.service import ServiceValidator

    if isinstance(mechanism, ServiceMechanism):
        from taokit.neuron.gateway.stored_audits import StoredAudits

        return ServiceValidator(
            mechanism,
            chain,
            client,
            store,
            weights,
            sample=settings.sample,
            publish_salts=settings.publish_salts,
            audits=StoredAudits(store, mechanism),
            **pacing,
        )
    if isinstance(mechanism, RoundsMechanism):
        return RoundsValidator(mechanism, chain, client, store, weights, **pacing)
    if isinstance(mechanism, ArenaMechanism) and fetch is not None:
        return ArenaValidator(mechanism, chain, fetch, store, weights, **pacing)
    raise ConfigError(f"{type(mechanism).__name__} cannot be run: an arena needs ``fetch``")


def _store(settings: NeuronSettings, *, durable: bool = True) -> Store:
    return _state(settings.state, durable=durable)


def _state(folder: Path, *, durable: bool = True) -> Store:
    from taokit.neuron.store import Store

    folder.mkdir(parents=True, exist_ok=True)
    return Store(folder / "validator.db", durable=durable)


def _opened(store: Store, settings: GatewaySettings) -> str:
    """Open an account: its id and its first key, which is shown this once."""
    from taokit.neuron.gateway import Keys, Ledger, credits

    ledger = Ledger(store)
    account = ledger.open_account(settings.open_account)
    if settings.grant:
        ledger.grant(account, credits(settings.grant), f"opening of {account}")
    secret, _ = Keys(store).make(account)
    return f"{account} {secret}"


def _deposits(
    chain: LiveChain, store: Store, settings: GatewaySettings, log: Any
) -> DepositWatcher | None:
    from taokit.neuron.gateway import DepositAddresses, DepositWatcher, Ledger, credits

    if not settings.deposits_to:
        return None
    return DepositWatcher(
        chain.client,
        store,
        Ledger(store),
        DepositAddresses(store, settings.deposits_to),
        per_tao=credits(settings.credits_per_tao),
        confirmations=settings.confirmations,
        log=log,
    )


async def _for_ever() -> None:
    await asyncio.Event().wait()


def _closing(store: Any) -> Callable[[], Any]:
    async def close() -> None:
        store.close()

    return close


def _shut(server: Any, thread: Any) -> None:
    server.shutdown()
    thread.join()
