"""A tiny published data set, sources that fail on purpose, and a web server on the loopback."""

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from seedbed.data import Dataset, load_data
from seedbed.data.files import DataFile
from seedbed.data.formats.idx import encode_idx
from seedbed.data.sets.idx_set import FILE_NAMES, IdxSet
from seedbed.errors import DataError


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """Real MNIST: from SEEDBED_DATA or the cache of whoever runs the tests, else fetched."""
    try:
        return load_data("mnist")
    except DataError as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty cache of this test's own; nothing of the user's environment is seen."""
    if "mnist" in request.fixturenames:
        request.getfixturevalue("mnist")
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name in ("SEEDBED_DATA", "XDG_CACHE_HOME", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SEEDBED_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@dataclass
class FakeSource:
    """Yields what it is given; remembers what it was asked for."""

    label: str
    content: dict[str, bytes]
    error: BaseException | None = None
    address: tuple[str, int] | None = None
    asked: list[str] = field(default_factory=list)

    def read(self, files: Sequence[DataFile], progress: object) -> Generator[tuple[DataFile, bytes], None, None]:
        self.asked += [file.name for file in files]
        for file in files:
            if file.name in self.content:
                yield file, self.content[file.name]
        if self.error:
            raise self.error


class Tiny:
    """Six training and four test images of 3×5 pixels, published as four IDX files."""

    def __init__(self) -> None:
        counter = np.arange(10 * 15, dtype=np.uint8)
        images = (counter * 37 + 11).reshape(10, 3, 5)
        labels = np.array([0, 1, 2, 0, 1, 2, 2, 1, 0, 0], dtype=np.uint8)
        arrays = (images[:6], labels[:6], images[6:], labels[6:])
        self.plain = {name: encode_idx(array) for name, array in zip(FILE_NAMES, arrays, strict=True)}

    def entry(self, *sources: object, name: str = "tiny", **changes: object) -> IdxSet:
        sums = tuple(hashlib.sha256(content).hexdigest() for content in self.plain.values())
        return IdxSet(
            name=name,
            classes=("a", "b", "c"),
            train_count=6,
            test_count=4,
            image_shape=(1, 3, 5),
            sha256=changes.get("sha256", sums),
            sources=sources,
            family=changes.get("family", {name: sums}),
        )

    def write(self, folder: Path, pack: Callable[[bytes], bytes] | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.plain.items():
            (folder / (f"{name}.gz" if pack else name)).write_bytes(pack(content) if pack else content)
        return folder


@pytest.fixture
def tiny() -> Tiny:
    return Tiny()


@pytest.fixture
def fake_source() -> type[FakeSource]:
    return FakeSource


class Server:
    """Serves bytes by path on the loopback; a path may state a longer content than it sends."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.missing_bytes = 0
        self.requests: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                content = server.content.get(self.path)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"") + server.missing_bytes))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()
