"""A web folder that holds the gzip files of a data set."""

import io
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from seedbed.data.files import DataFile
from seedbed.data.sources.base import Address, Offer, Progress
from seedbed.errors import DataError

_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 10.0
_CHUNK_BYTES = 1 << 16
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True)
class Mirror:
    """Files under ``<url><name>.gz``; `url` ends with a slash."""

    url: str

    @property
    def label(self) -> str:
        return self.url

    @property
    def address(self) -> Address | None:
        # Imported here because it costs 20 ms that a start with cached data need not pay.
        from urllib.request import getproxies, proxy_bypass

        try:
            parts = urlsplit(self.url)
            proxies = {} if proxy_bypass(parts.hostname or "") else getproxies()
            proxy = proxies.get(parts.scheme) or proxies.get("all")
            if proxy:
                parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
        except ValueError:
            # A proxy setting that cannot be read: the download names it.
            return None

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        for file in files:
            yield file, self.download(f"{file.name}.gz", file.limit_bytes, progress)

    def download(self, name: str, limit_bytes: int, progress: Progress) -> bytes:
        """Fetch one file of the folder, as it lies there.

        Raises
        ------
        DataError
            With the reason in a few words, if it cannot be had or is larger than `limit_bytes`.
        """
        import pooch

        bar = _Bar()
        sink = _Sink(f"{name} from {urlsplit(self.url).hostname}", limit_bytes, bar, progress)
        download = pooch.HTTPDownloader(
            progressbar=bar, chunk_size=_CHUNK_BYTES, timeout=(_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S)
        )
        try:
            download(url=self.url + name, output_file=sink, pooch=None)
        # requests raises subclasses of OSError, and of ValueError for addresses that it cannot read.
        except (OSError, ValueError) as error:
            raise DataError(f"{name}: {_reason(error)}") from None
        return sink.getvalue()


class _Bar:
    """What pooch wants as a progress bar; it only takes the total from it."""

    total = 0

    def update(self, size: int) -> None:
        pass

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Sink(io.BytesIO):
    """Takes a download, reports its progress, and ends it when it is larger than the file can be."""

    def __init__(self, what: str, limit_bytes: int, bar: _Bar, progress: Progress) -> None:
        super().__init__()
        self._what = what
        self._limit_bytes = limit_bytes
        self._bar = bar
        self._progress = progress

    def write(self, chunk: bytes, /) -> int:  # type: ignore[override]
        size = super().write(chunk)
        if self.tell() > self._limit_bytes:
            raise DataError(f"{self._what}: expected at most {self._limit_bytes:,} bytes, got more")
        self._progress(self._what, self.tell(), self._bar.total or None)
        return size


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return "no answer in time"
    # urllib3 wraps the cause in a sentence of three lines.
    return str(getattr(error.args[0], "reason", error) if error.args else type(error).__name__)
