"""The lab's server: a page, and a socket that joins each page with its own experiment."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp

from seedbed.lab.guard import Guard
from seedbed.lab.session import Session
from seedbed.lab.wire import MOST_BYTES

MOST_EXPERIMENTS = 32
_KEPT_S = 60.0
"""An experiment waits so long for its page to come back."""

_MOST_MESSAGES_PER_S = 240
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


class Lab:
    """All experiments of a server, by the secret names that their pages know.

    Parameters
    ----------
    data : str
        The data set that a new experiment begins with.
    """

    def __init__(self, data: str) -> None:
        self.data = data
        self._sessions: dict[str, Session] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._present: set[str] = set()
        """Names whose page is there."""
        self._spare: Session | None = None

    async def open(self) -> None:
        """Have a process ready for the first page."""
        self._spare = Session(self.data)
        await self._spare.start()

    async def close(self) -> None:
        """End all processes."""
        for task in self._leaving.values():
            task.cancel()
        sessions = [*self._sessions.values(), *([self._spare] if self._spare else [])]
        await asyncio.gather(*(session.close() for session in sessions))

    async def join(self, name: str) -> tuple[str, Session, bool]:
        """The session of a page that comes back, else a new one; its name, and whether it is new."""
        # A page that is opened twice gets an experiment of its own: it must not take the other one's frames.
        if name in self._sessions and name not in self._present:
            if (leaving := self._leaving.pop(name, None)) is not None:
                leaving.cancel()
            if self._sessions[name].is_alive:
                self._present.add(name)
                return name, self._sessions[name], False
            del self._sessions[name]
        if len(self._sessions) >= MOST_EXPERIMENTS:
            raise RuntimeError(f"{MOST_EXPERIMENTS} experiments are open, more are not possible. Close a page.")
        session, self._spare = self._spare, None
        if session is None or not session.is_alive:
            session = Session(self.data)
            await session.start()
        name = secrets.token_urlsafe(16)
        self._sessions[name] = session
        self._present.add(name)
        return name, session, True

    def leave(self, name: str) -> None:
        """A page is gone; its experiment ends if it does not come back."""
        self._present.discard(name)
        self._leaving[name] = asyncio.create_task(self._end_later(name))

    async def _end_later(self, name: str) -> None:
        session = self._sessions[name]
        await session.tell('{"kind":"pause"}')
        await asyncio.sleep(_KEPT_S)
        self._leaving.pop(name, None)
        self._sessions.pop(name, None)
        await session.close()


def page_files() -> dict[str, tuple[bytes, str]]:
    """Every file of the page by its path, with its type: nothing else is served, whatever path is asked for."""
    found: dict[str, tuple[bytes, str]] = {}
    root = files("seedbed.lab") / "page"

    def walk(folder: Any, prefix: str) -> None:
        for item in folder.iterdir():
            if item.is_dir():
                walk(item, f"{prefix}{item.name}/")
            elif (suffix := "." + item.name.rpartition(".")[2]) in _TYPES:
                found[f"{prefix}{item.name}"] = item.read_bytes(), _TYPES[suffix]

    walk(root, "/")
    found["/colours.css"] = _colours().encode(), _TYPES[".css"]
    found["/"] = found["/index.html"]
    return found


def _colours() -> str:
    """The report's colours, dark where the system is or where the page says so."""
    text = (files("seedbed.report") / "templates" / "colours.css").read_text("utf-8")
    light, _, rest = text.partition("@media screen and (prefers-color-scheme: dark) {")
    dark, _, _ = rest.partition("\n}\n")
    chosen = [
        block.replace(":root", f':root[data-theme="{name}"]', 1) for name, block in (("light", light), ("dark", dark))
    ]
    return "\n".join([text, *chosen])


def make_app(data: str, token: str, hosts: list[str], port: int) -> ASGIApp:
    """The application behind its guard.

    Parameters
    ----------
    data : str
        The data set that a new experiment begins with.
    token : str
    hosts : list of str
        Values of Host that are this server's.
    port : int
    """
    lab = Lab(data)
    pages = page_files()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await lab.open()
        try:
            yield
        finally:
            await lab.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/{path:path}")
    async def page(path: str) -> Response:
        content = pages.get(f"/{path}")
        if content is None:
            return Response("There is nothing here.\n", 404, media_type="text/plain")
        return Response(content[0], media_type=content[1])

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await _serve(lab, websocket)

    return Guard(app, token, hosts, port)


async def _serve(lab: Lab, websocket: WebSocket) -> None:
    try:
        name, session, is_new = await lab.join(websocket.query_params.get("experiment", "")[:64])
    except RuntimeError as error:
        await websocket.send_json({"topic": "error", "field": "lab", "message": str(error)})
        await websocket.close(4429)
        return
    await websocket.send_json({"topic": "hello", "experiment": name, "is_new": is_new})
    sender = asyncio.create_task(session.outbox.send_to(websocket))
    try:
        await _listen(websocket, session)
    except WebSocketDisconnect:
        pass
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await sender
        lab.leave(name)


async def _listen(websocket: WebSocket, session: Session) -> None:
    clock = asyncio.get_running_loop()
    begun, count = clock.time(), 0
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if (text := message.get("text")) is None:
            await websocket.close(1003)
            return
        now = clock.time()
        if now - begun > 1.0:
            begun, count = now, 0
        count += 1
        if len(text) > MOST_BYTES or count > _MOST_MESSAGES_PER_S:
            await websocket.close(1008)
            return
        await session.tell(text)
