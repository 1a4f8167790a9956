"""The server's side of one experiment: its process, and the page that looks at it."""

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from seedbed.lab.wire import PART_HEAD
from seedbed.lab.worker import HEAD

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from seedbed.lab.worker import main; sys.exit(main(sys.argv[2]))"
)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "268435456", "MALLOC_TRIM_THRESHOLD_": "268435456"}
"""For glibc: what was freed is used again. Else each array of a picture is handed back to the system, which halts all
threads of the process for it."""

_MOST_KEPT = 64
_MOST_FRAME_BYTES = 32 * 1024 * 1024
_MOST_WORDS_BYTES = 16 * 1024
_PATIENCE_S = 5.0


Part = tuple[bool, bytes]
"""Of a bundle: whether it is bytes, else JSON, and its content."""


class Page(Protocol):
    """A page that can be sent to."""

    async def send_text(self, data: str) -> None:
        """Send a text message."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""


class Outbox:
    """What a page is yet to get: of each topic the newest frame only, and the few that must arrive.

    However slow the page reads, it does not grow.
    """

    def __init__(self) -> None:
        self._latest: dict[str, Part] = {}
        self._kept: deque[Part] = deque(maxlen=_MOST_KEPT)
        self._filled = asyncio.Event()

    def put(self, topic: str, is_binary: bool, is_kept: bool, content: bytes) -> None:
        """A new frame; it takes the place of an older one of its topic."""
        if is_kept:
            self._kept.append((is_binary, content))
        else:
            self._latest[topic] = (is_binary, content)
        self._filled.set()

    async def send_to(self, page: Page) -> None:
        """Send what there is and what comes, until the page is gone."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._kept or self._latest:
                if self._kept:
                    is_binary, content = part = self._kept.popleft()
                    if not is_binary:
                        await page.send_text(content.decode())
                        continue
                    parts = [part]
                else:
                    # In one message: each costs a server more than what is in it.
                    parts = list(self._latest.values())
                    self._latest.clear()
                await page.send_bytes(bundle(parts))


def bundle(parts: list[Part]) -> bytes:
    """Several frames as one binary message; before each stand its length and whether it is bytes."""
    return b"".join(
        piece for is_binary, content in parts for piece in (PART_HEAD.pack(len(content), is_binary), content)
    )


class Session:
    """One experiment's process; pages may come and go.

    Parameters
    ----------
    first_data : str
        The data set that the process loads before anybody asks.
    """

    def __init__(self, first_data: str) -> None:
        self._first_data = first_data
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.outbox = Outbox()
        self.last_words = ""
        self.on_end: Callable[[], Awaitable[None]] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process works."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _PROGRAM,
            json.dumps([str(folder) for folder in sys.path]),
            self._first_data,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _ONE_THREAD | _KEEP_MEMORY,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())

    async def tell(self, text: str) -> None:
        """Pass on a control of the page, in one line."""
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(text.replace("\n", " ").encode() + b"\n")
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass

    async def close(self) -> None:
        """End the process."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            self._reader.cancel()

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None and self._process.stderr is not None
        errors = asyncio.create_task(_last_words(self._process.stderr))
        try:
            while True:
                size, flags, topic_size = HEAD.unpack(await self._process.stdout.readexactly(HEAD.size))
                topic = (await self._process.stdout.readexactly(topic_size)).decode()
                content = await self._process.stdout.readexactly(size)
                if size <= _MOST_FRAME_BYTES:
                    self.outbox.put(topic, bool(flags & 1), bool(flags & 2), content)
        except asyncio.IncompleteReadError:
            self.last_words = await errors
            message = f"The experiment's process ended{': ' + self.last_words if self.last_words else '.'}"
            content = json.dumps({"topic": "error", "field": "process", "message": message}).encode()
            self.outbox.put("error", False, True, content)
            if self.on_end is not None:
                await self.on_end()


async def _last_words(stream: asyncio.StreamReader) -> str:
    """The last line of a stream, however much came before."""
    kept = b""
    while part := await stream.read(_MOST_WORDS_BYTES):
        kept = (kept + part)[-_MOST_WORDS_BYTES:]
    lines = kept.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
