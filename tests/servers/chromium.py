"""A headless Chromium, driven through its debugging pipe: no port, no other library."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROGRAM = "/usr/bin/chromium"
OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--force-color-profile=srgb",
)
# The browser reads commands from descriptor 3 and answers on 4.
PLACE_PIPES = """
import fcntl, os, sys
here, there = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(here, 3)
os.dup2(there, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One tab; it notes every request and everything that the browser complains of."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._buffer = b""
        self._number = 0
        self._session = ""
        self._events: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol and its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def goto(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self._events.clear()
        self.ask("Page.navigate", url=url)
        self._loaded()

    def js(self, expression: str) -> Any:
        """The value of an expression on the page."""
        result = self.ask(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def fill(self, selector: str, value: str) -> None:
        """Type into a field, or choose in a list."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.js(f"void ({field}.value = {json.dumps(value)})")

    def submit(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the next page."""
        self._events.clear()
        self.js(f"document.querySelector({json.dumps(selector)}).click()")
        self._loaded()

    @property
    def text(self) -> str:
        """What a person reads."""
        return str(self.js("document.body.innerText"))

    def size(self, width: int, height: int = 900) -> None:
        """Change the size of the window."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """A screenshot."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _loaded(self) -> None:
        while not any(e.get("method") == "Page.loadEventFired" for e in self._events):
            self._note(self._read())

    def _note(self, message: dict[str, Any]) -> None:
        self._events.append(message)
        method, about = message.get("method", ""), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.complaints.append(str(about["entry"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] == "error":
            self.complaints.append(str(about["args"]))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._back, 1 << 20)
            assert piece, "the browser went away"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser with a profile of its own."""
    to_read, to_write = os.pipe()
    back_read, back_write = os.pipe()

    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        line = [PROGRAM, *OPTIONS, *sandbox, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            [sys.executable, "-c", PLACE_PIPES, str(to_read), str(back_write), *line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(to_read, back_write),
        )
        for end in (to_read, back_write):
            os.close(end)
        try:
            yield Chromium(to_write, back_read)
        finally:
            for end in (to_write, back_read):
                os.close(end)
            process.terminate()
            process.wait(timeout=30)
