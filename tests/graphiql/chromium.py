"""A headless Chromium, driven over the DevTools protocol through two pipes: no driver program and no package needed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
COMMAND_SECONDS = 30
POLL_SECONDS = 0.1
MESSAGE_LIMIT = 64 * 1024 * 1024

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    # No other host can be found, whatever the page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1400,900",
)

# The browser reads commands from descriptor 3 and answers on 4. The pipes are moved out of the way first, because they
# may be 3 or 4 themselves, the wrong way round.
TRAMPOLINE = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find_chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class DevToolsError(Exception):
    """The browser refused a command, or a script threw."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the page did: the URLs that it and its workers asked for, and what its console shows in red or yellow."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Connection:
    """The pipe to the browser: numbered commands, their answers, and events."""

    def __init__(self, reader: asyncio.StreamReader, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.pages: dict[str, Page] = {}

    async def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        answer = self._answers[self._last_id] = asyncio.get_running_loop().create_future()
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        return await asyncio.wait_for(answer, COMMAND_SECONDS)

    async def listen(self) -> None:
        """Dispatch what the browser says until it closes the pipe."""
        while True:
            try:
                message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            except asyncio.IncompleteReadError:
                return
            if "id" in message:
                self._settle(message)
            elif page := self.pages.get(message.get("sessionId", "")):
                task = asyncio.create_task(page.receive(message["method"], message["params"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _settle(self, message: dict[str, Any]) -> None:
        answer = self._answers.pop(message["id"])
        if answer.done():
            return
        if "error" in message:
            answer.set_exception(DevToolsError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])


class Page:
    """One tab with its workers: goes to addresses, runs scripts, clicks, and remembers what it has seen."""

    def __init__(self, connection: Connection, session: str) -> None:
        self._connection = connection
        self._session = session
        self.seen = Seen()

    async def goto(self, url: str) -> None:
        await self.send("Page.navigate", url=url)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._connection.send(method, self._session, **params)

    async def evaluate(self, script: str) -> Any:
        answer = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if problem := answer.get("exceptionDetails"):
            raise DevToolsError(problem.get("exception", {}).get("description", problem["text"]))
        return answer["result"].get("value")

    async def wait_for(self, condition: str, *, seconds: float = 20) -> None:
        """Evaluate until the value is truthy."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self._holds(condition):
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(
                    f"not within {seconds} s: {condition}; the console said {self.seen.complaints}"
                )
            await asyncio.sleep(POLL_SECONDS)

    async def _holds(self, condition: str) -> bool:
        try:
            return bool(await self.evaluate(f"Boolean({condition})"))
        except DevToolsError as error:
            if "navigated" not in str(error):
                raise
            return False  # the page was left while it was being asked

    async def click(self, selector: str) -> None:
        """Press and release the mouse in the middle of the first element that matches."""
        quoted = json.dumps(selector)
        await self.wait_for(f"document.querySelector({quoted})")
        box = await self.evaluate(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
            f"(document.querySelector({quoted}).getBoundingClientRect())"
        )
        where = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        await self.send("Input.dispatchMouseEvent", type="mousePressed", **where)
        await self.send("Input.dispatchMouseEvent", type="mouseReleased", **where)

    async def screenshot(self) -> bytes:
        """What the tab shows, as a PNG."""
        answer = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def watch(self, session: str) -> None:
        """Listen to the tab, or to one of its workers, and let it run."""
        self._connection.pages[session] = self
        for domain in ("Runtime", "Network", "Log"):
            await self._connection.send(f"{domain}.enable", session)
        await self._connection.send(
            "Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )
        await self._connection.send("Runtime.runIfWaitingForDebugger", session)

    async def receive(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Target.attachedToTarget":
                await self.watch(params["sessionId"])
            case "Network.requestWillBeSent":
                self.seen.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.seen.complaints.append(json.dumps(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.seen.complaints.append(json.dumps(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.seen.complaints.append(json.dumps(params["entry"]))


@asynccontextmanager
async def open_page(program: str, profile: Path) -> AsyncIterator[Page]:
    """Start a Chromium with an empty profile, give a blank tab of it, and stop it in the end."""
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        TRAMPOLINE,
        str(to_browser),
        str(from_browser),
        program,
        *FLAGS,
        f"--user-data-dir={profile}",
        pass_fds=(to_browser, from_browser),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    reader = asyncio.StreamReader(limit=MESSAGE_LIMIT)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answers, "rb")
    )
    connection = Connection(reader, commands)
    listening = asyncio.create_task(connection.listen())
    try:
        target = await connection.send("Target.createTarget", url="about:blank")
        attached = await connection.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(connection, attached["sessionId"])
        await page.watch(attached["sessionId"])
        await page.send("Page.enable")
        yield page
        await connection.send("Browser.close")
    finally:
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
        os.close(commands)
        transport.close()
        listening.cancel()
