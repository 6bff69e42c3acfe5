"""The client without ``await``: the same coroutines, run on one background thread.

Owns the thread with its event loop, and the delegation to it. Holds no second copy of any method:
what :class:`ChainClient` has, :class:`Client` has, because calls, iterations and context managers
are all handed to the loop.

    with Client.connect("local") as chain:
        account = chain.query("System", "Account", "5Grw...")
        with chain.at(100) as block:                            # reads inside are of block 100
            tempo = chain.query("SubtensorModule", "Tempo", 1)
        for number in chain.entries("SubtensorModule", "NetworksAdded"):
            ...
        held = chain.run(balance, address="5Grw...")            # any declared read, typed
        receipt = chain.submit(Transfer(to="5F..", amount=Tao.parse("1")), signer)

Not for use inside a running event loop: it would stop it. There, use :class:`ChainClient`.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from taokit.chain_client import pinning
from taokit.chain_client.client import ChainClient

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.blocks import BlockRef, BlockSelector

__all__ = ["Client", "client_loop", "run_on_client_loop"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_TURN_S: Final = 1.0
_LETTING_GO_S: Final = 5.0
_PLAIN: Final = (str, bytes, int, float, tuple, list, dict, type(None))


class _Loop:
    """An event loop on a daemon thread, started once and shared by every client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, _R]) -> _R:
        """Run ``work`` there and wait. Context variables of this thread apply to it."""
        loop = self._started()
        if asyncio._get_running_loop() is loop:
            work.close()
            raise RuntimeError("the blocking client is used in its own event loop")
        ended = threading.Event()
        tasks: list[asyncio.Task[_R]] = []

        def begin() -> None:
            tasks.append(loop.create_task(work))
            tasks[0].add_done_callback(lambda _: ended.set())

        def give_up() -> None:
            if tasks:
                tasks[0].cancel()
            else:
                work.close()
                ended.set()

        try:
            loop.call_soon_threadsafe(begin)
            # In turns: a signal that comes just before a wait does not end that one.
            while not ended.wait(_TURN_S):
                pass
        except BaseException:
            # Ctrl-C here must not leave it running there, nor come back before it has let go.
            loop.call_soon_threadsafe(give_up)
            ended.wait(_LETTING_GO_S)
            raise
        return tasks[0].result()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="taokit-blocking", daemon=True
                ).start()
            return self._loop


_loop: Final = _Loop()


def client_loop() -> asyncio.AbstractEventLoop:
    """The event loop of every blocking client."""
    return _loop._started()


def run_on_client_loop(work: Coroutine[Any, Any, _R]) -> _R:
    """Run a coroutine in the blocking clients' event loop and wait for it.

    For what has to share that loop. Raises ``RuntimeError`` in that loop itself, which would wait
    for itself.
    """
    return _loop.run(work)


class Client:
    """A :class:`ChainClient` to be used without ``await``; see the module."""

    def __init__(self, chain: ChainClient) -> None:
        self.chain = chain
        """The asynchronous client behind it. Its coroutines run through :meth:`run` only."""

    @classmethod
    def connect(cls, network: str | Sequence[str] = "local", **options: Any) -> Self:
        """See :meth:`ChainClient.connect`."""
        return cls(_loop.run(ChainClient.connect(network, **options)))

    @classmethod
    def over(cls, open_transport: Callable[[], Awaitable[Any]]) -> Self:
        """A client over the transport that ``open_transport`` opens, awaited in the loop."""

        async def opened() -> ChainClient:
            return await ChainClient.over(await open_transport())

        return cls(_loop.run(opened()))

    def run(
        self,
        function: Callable[Concatenate[ChainClient, _P], Awaitable[_R]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _R:
        """Run a coroutine function of the client, for instance a declared read."""

        async def running() -> _R:
            return await function(self.chain, *args, **kwargs)

        return _loop.run(running())

    @contextmanager
    def at(self, block: BlockSelector = "head") -> Iterator[BlockRef]:
        """See :meth:`ChainClient.at`; the pin holds in this thread."""
        pin = _loop.run(self.chain.pin_for(block))
        token = pinning.pin(self.chain, pin)
        try:
            yield pin.block
        finally:
            pinning.unpin(token)

    def close(self) -> None:
        """See :meth:`ChainClient.close`."""
        _loop.run(self.chain.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return _blocking(getattr(self.chain, name))


class _Blocking:
    """An object of the client (a stream, a submission) whose coroutines are waited for."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return _blocking(getattr(self._target, name))

    def __iter__(self) -> Iterator[Any]:
        return _iterate(self._target)

    def __enter__(self) -> Any:
        return _blocking(_loop.run(self._target.__aenter__()))

    def __exit__(self, *error: Any) -> Any:
        return _loop.run(self._target.__aexit__(*error))

    def __repr__(self) -> str:
        return f"blocking {self._target!r}"


def _blocking(value: Any) -> Any:
    """``value`` as this side uses it: methods that wait, streams that iterate, values as are."""
    if inspect.ismethod(value) or inspect.isfunction(value):

        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            if inspect.iscoroutine(result):
                result = _loop.run(result)
            return _blocking(result)

        call.__name__, call.__doc__ = value.__name__, value.__doc__
        return call
    if isinstance(value, _PLAIN):
        return value
    if hasattr(value, "aclose") or hasattr(value, "__aenter__"):
        return _Blocking(value)
    return value


def _iterate(source: AsyncIterator[Any]) -> Iterator[Any]:
    iterator = source.__aiter__()

    async def step() -> tuple[bool, Any]:
        try:
            return True, await iterator.__anext__()
        except StopAsyncIteration:
            return False, None

    while True:
        more, item = _loop.run(step())
        if not more:
            return
        yield item
