"""A headless Chromium driven over its own protocol, as far as the tests of the page need it."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 90.0
"""Seconds: a browser on a busy machine takes its time."""

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--lang=en",
    "about:blank",
)
KEYS = {"Tab": 9, "Enter": 13, "ArrowRight": 39, "ArrowDown": 40, "ArrowLeft": 37, "ArrowUp": 38}


def found_browser() -> str | None:
    """The path of a Chromium, or None."""
    return os.environ.get("TAOKIT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of its own, with an empty profile."""
    path = found_browser()
    assert path is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [path, *FLAGS, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Browser(_port(Path(profile), process))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    told, ends = profile / "DevToolsActivePort", time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError, IndexError, ValueError):
            return int(told.read_text().splitlines()[0])
        time.sleep(0.05)
    raise RuntimeError(f"the browser did not start (status {process.poll()})")


FAINT = """(() => {
  const parts = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const bright = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim()) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const both = [parts(getComputedStyle(element).color).slice(0, 3), ground(element)].map(bright);
    const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    if (ratio < 4.5) found.push([element.outerHTML.slice(0, 80), ratio]);
  }
  return found;
})()"""
"""Texts that stand out too little from what is behind them, as WCAG counts that."""

SHIFTED = """(() => {
  window.shifted = [];
  new PerformanceObserver((list) => {
    for (const { sources, hadRecentInput } of list.getEntries()) {
      for (const { node } of hadRecentInput ? [] : sources) {
        const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
        if (!element?.closest(".hold, .number")) window.shifted.push(element?.outerHTML ?? "?");
      }
    }
  }).observe({ type: "layout-shift", buffered: false });
})()"""
"""Note in `shifted` what moves from now on.

But for rows of lists that grow at their top, and numbers within their columns.
"""


class Browser:
    """Makes tabs."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def tab(
        self, url: str, *, width: int = 1200, height: int = 900, dark: bool = False
    ) -> Iterator[Tab]:
        """A tab of that size and colour scheme at an address."""
        asked = Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        with urlopen(asked, timeout=PATIENCE) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        with connect(address, max_size=None, open_timeout=PATIENCE) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Runtime", "Log"):
                tab.ask(f"{domain}.enable")
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            tab.ask("Emulation.setEmulatedMedia", features=[scheme])
            tab.resize(width, height)
            tab.ask("Page.navigate", url=url)
            try:
                yield tab
            finally:
                with suppress(Exception):
                    tab.ask("Page.close")


class Tab:
    """One page. ``complaints`` are exceptions, and what the browser logged as an error."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.complaints: list[str] = []

    def ask(self, method: str, **params: Any) -> Any:
        """Call a method of the protocol."""
        id = next(self._ids)
        self._socket.send(json.dumps({"id": id, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(PATIENCE))
            if message.get("id") == id:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(message["params"]["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    def resize(self, width: int, height: int) -> None:
        """Give the window a size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def look(self, script: str) -> Any:
        """The value of an expression on the page."""
        found = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true; where it cannot be told yet, it is not."""
        ends = time.monotonic() + PATIENCE
        tried = f"(() => {{ try {{ return Boolean({script}); }} catch {{ return false; }} }})()"
        while not self.look(tried):
            if time.monotonic() > ends:
                text = self.look("document.body.innerText")
                raise AssertionError(f"never: {script}\n{self.complaints}\n{text[:2000]}")
            time.sleep(0.05)

    def text(self) -> str:
        """What the main part of the page says."""
        return str(self.look("document.getElementById('main').innerText"))

    def visit(self, hash: str) -> None:
        """Go to another view, and wait until it is there."""
        self.look(f"location.hash = {json.dumps(hash)}")
        self.until("!document.getElementById('main').innerText.includes('Loading …')")

    def press(self, key: str) -> None:
        """Press a key, and let it go."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **code)

    def point(self, x: float, y: float) -> None:
        """Move the mouse there."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write a PNG of the window, or of the whole page."""
        found = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))
