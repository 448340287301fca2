"""Chromium, headless, driven through its DevTools protocol: real mouse and keyboard, its console and its requests."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import websocket

from tests.office import need_program

_WAIT = 30.0
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "ArrowDown": 40, "ArrowUp": 38, "Home": 36}


class Page:
    """One page. ``console`` and ``requests`` hold what it said and asked for since it was opened."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=_WAIT, suppress_origin=True)
        self._last = 0
        self.console: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command; events that come meanwhile are noted."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                assert "error" not in message, f"{method}: {message['error']}"
                return message.get("result", {})
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.consoleAPICalled":
                self.console.append(f"{told['type']}: {[a.get('value') for a in told['args']]}")
            case "Runtime.exceptionThrown":
                self.console.append(f"exception: {told['exceptionDetails']}")
            case "Log.entryAdded":
                self.console.append(f"{told['entry']['level']}: {told['entry']['text']}")
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])

    def open(self, page: Path, ready: str = "document.readyState === 'complete'") -> None:
        self.call("Page.navigate", url=page.as_uri())
        self.wait(f"location.protocol === 'file:' && ({ready})")

    def run(self, script: str) -> Any:
        """The value of an expression."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, f"{script}: {found['exceptionDetails']}"
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        until = time.monotonic() + _WAIT
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < until, f"never came true: {condition}"
            time.sleep(0.02)

    def click(self, selector: str) -> None:
        """A real click of the mouse on the middle of what a selector finds first."""
        found = f"document.querySelector({json.dumps(selector)})"
        x, y = self.run(
            f"(e => {{ e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();"
            f" return [b.x + b.width / 2, b.y + b.height / 2]; }})({found})"
        )
        assert self.run(f"(e => e === {found} || {found}.contains(e))(document.elementFromPoint({x}, {y}))"), selector
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, shift: bool = False) -> None:
        """A real key."""
        name = " " if key == "Space" else key
        text = {"Enter": "\r", "Space": " "}.get(key, "")
        more = {"code": key, "key": name, "windowsVirtualKeyCode": _KEYS[key], "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def theme(self, scheme: str) -> None:
        """What the system prefers: ``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path, whole: bool = False) -> Path:
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._area(whole))
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def _area(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def pdf(self, path: Path) -> Path:
        made = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        path.write_bytes(base64.b64decode(made["data"]))
        return path

    def close(self) -> None:
        self._socket.close()


@contextmanager
def chromium(width: int = 1360, height: int = 900) -> Iterator[Page]:
    """A browser with one page; skips on a developer's machine without Chromium, fails in CI."""
    program = need_program("Chromium", "chromium", "google-chrome")
    with tempfile.TemporaryDirectory(prefix="xlkit-chromium-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
             f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | {"LANG": "C.UTF-8"},
        )  # fmt: skip
        try:
            page = Page(_address(process))
            try:
                yield page
            finally:
                with suppress(Exception):  # the browser goes with the connection
                    page.call("Browser.close")
                page.close()
        finally:
            process.terminate()
            process.communicate(timeout=_WAIT)


def _address(process: subprocess.Popen[str]) -> str:
    """Where the first page listens: the browser tells its port on standard error."""
    assert process.stderr is not None
    for line in process.stderr:
        if "DevTools listening on " in line:
            host = line.split("ws://")[1].split("/")[0]
            return _first_page(host)
    raise AssertionError("Chromium ended before it listened")


def _first_page(host: str) -> str:
    from urllib.request import urlopen

    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        with urlopen(f"http://{host}/json/list", timeout=_WAIT) as answer:
            pages = [one for one in json.load(answer) if one["type"] == "page"]
        if pages:
            return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("Chromium has no page")
