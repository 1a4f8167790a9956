"""The lab's budgets, measured: what the open page costs, how soon it is there, how fast a stroke is answered.

    python benchmarks/lab.py                 all, some minutes on a machine that does nothing else
    python benchmarks/lab.py --seconds 2 --strokes 20 --clients 4 --readers 2 --json out.json

Training with the page open is LeNet-5 on MNIST at full speed with all panels visible, in a headless browser; without it
the same runs by the same threads of one process that nobody looks at. Each row has its budget; the table says which
holds. Needs what the tests need: Playwright and Chromium.
"""

import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import websockets

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from lab_page import ARGUMENTS, CHROMIUM, LabPage, browsing
from lab_server import LabServer

from seedbed.lab.wire import PART_HEAD
from seedbed.machine import describe_machine, usable_cores

NETWORK = "lenet5"
TOPICS = ["curves", "confusion", "verdict", "scrubber", "layers", "maps", "filters"]
RATES = {"status": 10, "curves": 10, "layers": 5, "maps": 8, "filters": 8, "confusion": 1}
SETTINGS = {"network": NETWORK, "epochs": "100000", "seeds": "3", "batch_size": "32", "lr": "0.02"}
TRAINED = 60_000
"""Training images of MNIST."""

_EPOCH = "document.querySelector('[data-testid=epoch]').dataset.exact"
_FULL_SPEED = """
const speed = document.querySelector("[data-testid=speed]");
speed.value = speed.max;
speed.dispatchEvent(new Event("input", { bubbles: true }));
"""
SHARE = 0.5
"""Of the mean: no client of many may get less."""

_ALONE = """
import sys, time
from seedbed.data import load_data
from seedbed.lab.configuration import Configuration
from seedbed.lab.experiment import Experiment
from seedbed.lab.trainer import Trainer
from seedbed.machine import usable_cores
name, network, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
configuration = Configuration.from_values({"data": name, "network": network, "epochs": 100000, "seeds": 3})
experiment = Experiment(configuration, load_data(name))
trainer = Trainer(experiment, min(usable_cores(), 8))
trainer.play()
time.sleep(min(2.0, seconds))
before, begun = sum(run.step for run in experiment.runs), time.monotonic()
time.sleep(seconds)
print((sum(run.step for run in experiment.runs) - before) * 32 / (time.monotonic() - begun))
trainer.close()
"""


@dataclass(frozen=True)
class Row:
    """One figure with its budget: at most it, or with ``is_least`` at least it."""

    name: str
    value: float
    unit: str
    budget: float
    is_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is within its budget."""
        return self.value >= self.budget if self.is_least else self.value <= self.budget


class Client:
    """A page without a browser."""

    def __init__(self, server: LabServer) -> None:
        self._server = server
        self.counts: Counter[str] = Counter()
        self._waiting: deque[dict[str, Any]] = deque()

    async def __aenter__(self) -> "Client":
        headers = {"Cookie": self._server.cookie}
        origin = f"http://{self._server.host}"
        place = f"ws://{self._server.host}/socket"
        self.socket = await websockets.connect(place, origin=origin, additional_headers=headers, max_size=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def send(self, kind: str, **fields: object) -> None:
        """A control."""
        await self.socket.send(json.dumps({"kind": kind, **fields}))

    async def begin(self, data: str) -> None:
        """LeNet-5 at full speed, everything watched."""
        await self.send("configure", values={"data": data, "network": NETWORK, "epochs": 100_000, "seeds": 3})
        await self.send("speed", steps_per_s=None)
        await self.send("watch", topics=TOPICS)

    async def receive(self) -> dict[str, Any]:
        """The next frame; of one with pixels the header."""
        while not self._waiting:
            message = await self.socket.recv()
            if isinstance(message, bytes):
                self._waiting.extend(frames(message))
            else:
                self._waiting.append(json.loads(message))
        found = self._waiting.popleft()
        self.counts[found["topic"]] += 1
        return found

    async def read_for(self, seconds: float) -> None:
        """Read whatever comes."""
        with_end = asyncio.get_running_loop().time() + seconds
        while (left := with_end - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.wait_for(self.receive(), left)
            except TimeoutError:
                return

    async def wait(self, topic: str) -> dict[str, Any]:
        """The next message of a topic."""
        while (message := await self.receive())["topic"] != topic:
            pass
        return message


def frames(message: bytes) -> Iterator[dict[str, Any]]:
    """The frames of a bundle; of those with pixels the header."""
    place = 0
    while place < len(message):
        size, has_pixels = PART_HEAD.unpack_from(message, place)
        place += PART_HEAD.size
        head = (place + 4, int.from_bytes(message[place : place + 4], "little")) if has_pixels else (place, size)
        yield json.loads(message[head[0] : sum(head)])
        place += size


def alone(data: str, seconds: float) -> float:
    """Images a second of the same runs that nobody looks at."""
    words = [sys.executable, "-c", _ALONE, data, NETWORK, str(seconds)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def first_picture(server: LabServer, data: str) -> tuple[float, float]:
    """Seconds from opening the address to the first picture, and to the first learning."""
    with browsing() as browser:
        begun = time.monotonic()
        page = LabPage(browser, server, SETTINGS | {"data": data})
        page.page.get_by_label("The pinned image").wait_for()
        picture_s = time.monotonic() - begun
        page.wait(lambda: page.at("epoch").count() and page.number("loss") is not None, "learning")
        learning_s = time.monotonic() - begun
        page.close()
    return picture_s, learning_s


def with_page(server: LabServer, data: str, seconds: float) -> float:
    """Images a second with all panels visible, in a browser that is asked for nothing meanwhile."""
    address = f"{server.address}#{urlencode(SETTINGS | {'data': data})}"
    with tempfile.TemporaryDirectory() as folder:
        words = [str(CHROMIUM), *ARGUMENTS, "--headless=new", "--window-size=1440,900", "--remote-debugging-port=0"]
        browser = subprocess.Popen(
            [*words, f"--user-data-dir={folder}", address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return asyncio.run(_trained(Path(folder) / "DevToolsActivePort", seconds))
        finally:
            browser.terminate()
            browser.wait()


async def _trained(port_file: Path, seconds: float) -> float:
    while not port_file.exists() or "\n" not in port_file.read_text():
        await asyncio.sleep(0.1)
    port = port_file.read_text().split()[0]
    await asyncio.sleep(3.0)
    pages = json.loads(urlopen(f"http://127.0.0.1:{port}/json").read())
    place = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
    async with websockets.connect(place, max_size=None) as debugger:

        async def say(expression: str) -> Any:
            message = {"id": 1, "method": "Runtime.evaluate", "params": {"expression": expression}}
            await debugger.send(json.dumps(message))
            while (answer := json.loads(await debugger.recv())).get("id") != 1:
                pass
            return answer["result"]["result"].get("value")

        await say(_FULL_SPEED)
        await asyncio.sleep(3.0)
        before, begun = float(await say(_EPOCH)), time.monotonic()
        await asyncio.sleep(seconds)
        epochs = float(await say(_EPOCH)) - before
    return epochs * int(SETTINGS["seeds"]) * TRAINED / (time.monotonic() - begun)


async def strokes(server: LabServer, data: str, count: int) -> list[float]:
    """Milliseconds until a drawing is answered while the network trains."""
    gray = np.zeros((56, 56), np.uint8)
    gray[10:14, 10:40] = gray[10:44, 36:40] = 255
    pixels = base64.b64encode(gray.tobytes()).decode()
    found = []
    async with Client(server) as client:
        await client.begin(data)
        await client.read_for(2.0)
        for number in range(count):
            begun = time.monotonic()
            await client.send("draw", pixels=pixels, size=56, id=number)
            while (await client.wait("answer"))["id"] != number:
                pass
            found.append(1000 * (time.monotonic() - begun))
            await client.read_for(0.033)
    return found


async def rates(server: LabServer, data: str, seconds: float) -> Counter[str]:
    """Messages of each topic."""
    async with Client(server) as client:
        await client.begin(data)
        await client.read_for(2.0)
        client.counts.clear()
        await client.read_for(seconds)
        return client.counts


def memory_mb(server: LabServer) -> float:
    """Resident memory of the server's process, without its experiments'."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def stalled(server: LabServer, data: str, count: int, seconds: float) -> float:
    """Megabytes that the server grows by while so many pages do not read."""
    clients = [Client(server) for _ in range(count)]
    for client in clients:
        await client.__aenter__()
        await client.begin(data)
    await asyncio.sleep(min(3.0, seconds))
    before = memory_mb(server)
    await asyncio.sleep(seconds)
    grown = memory_mb(server) - before
    for client in clients:
        client.socket.transport.abort()
    return grown


async def shares(server: LabServer, data: str, count: int, seconds: float) -> list[float]:
    """Images a second of each of many pages."""

    async def one(client: Client) -> float:
        await client.begin(data)
        await client.read_for(3.0)
        found = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = await client.wait("status")
            found.append(float(status["images_per_second"]))
        return float(np.mean(found))

    clients = [Client(server) for _ in range(count)]
    for client in clients:
        await client.__aenter__()
    try:
        return list(await asyncio.gather(*(one(client) for client in clients)))
    finally:
        for client in clients:
            await client.__aexit__()


def main() -> None:
    """Measure, print the table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--strokes", type=int, default=300)
    parser.add_argument("--readers", type=int, default=5, help="that stall")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:

        def lab() -> LabServer:
            return LabServer(Path(folder) / "log.txt", given.data)

        before = alone(given.data, given.seconds / 2)
        with lab() as server:
            time.sleep(2.0)
            picture_s, learning_s = first_picture(server, given.data)
        with lab() as server:
            watched = with_page(server, given.data, given.seconds)
        # On both sides of it, as the machine's speed drifts.
        unwatched = (before + alone(given.data, given.seconds / 2)) / 2
        rows.append(Row("training with the page open", 100 * watched / unwatched, "%", 95.0, is_least=True))
        rows += [Row("first picture", picture_s, "s", 1.0), Row("learning", learning_s, "s", 2.0)]
        with lab() as server:
            answered = asyncio.run(strokes(server, given.data, given.strokes))
            rows.append(Row("stroke answered, median", float(np.median(answered)), "ms", 30.0))
            rows.append(Row("stroke answered, 99%", float(np.quantile(answered, 0.99)), "ms", 80.0))
        with lab() as server:
            counts = asyncio.run(rates(server, given.data, given.seconds))
            for topic, rate in RATES.items():
                rows.append(Row(f"{topic} a second", counts[topic] / given.seconds, "Hz", 0.8 * rate, is_least=True))
        with lab() as server:
            grown = asyncio.run(stalled(server, given.data, given.readers, given.seconds))
            rows.append(Row(f"growth by {given.readers} stalled readers", grown, "MB", 20.0))
        with lab() as server:
            each = asyncio.run(shares(server, given.data, given.clients, given.seconds))
            least = min(each) / max(float(np.mean(each)), 1e-9)
            rows.append(Row(f"least share of {given.clients} clients", 100 * least, "%", 100 * SHARE, is_least=True))
    print(f"{describe_machine()['processor']}, {usable_cores()} cores; {NETWORK} on {given.data}")
    for row in rows:
        sign = "≥" if row.is_least else "≤"
        verdict = "holds" if row.holds else "FAILS"
        print(f"{row.name:<36} {row.value:>10.2f} {row.unit:<3} {sign} {row.budget:g} {row.unit:<3} {verdict}")
    if given.json is not None:
        found = {
            "processor": describe_machine()["processor"],
            "cores": usable_cores(),
            "rows": [asdict(row) for row in rows],
        }
        given.json.write_text(
            json.dumps(found | {"unwatched": unwatched, "watched": watched}, indent=1) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
