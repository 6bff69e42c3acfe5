"""What the chain client's tests share: coroutine tests, and a scripted node."""

from __future__ import annotations

import asyncio
import inspect

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def test_...`` functions, each in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**wanted), 110))
    return True


@pytest.fixture(autouse=True)
def cache_directory(tmp_path, monkeypatch) -> None:
    """Every test has its own metadata cache."""
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))
