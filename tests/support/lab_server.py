"""The lab as a user starts it, in a process of its own."""

import http.client
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

_PROGRAM = "from seedbed.cli.app import main; main()"


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class LabServer:
    """``seedbed lab --no-browser``; close it in the end.

    Parameters
    ----------
    data : str
    port : int
        0 for a free one.
    log : Path
        Gets all that it prints.
    """

    def __init__(self, log: Path, data: str = "digits", port: int = 0) -> None:
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, "lab", "--data", data, "--port", str(port), "--no-browser"],
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, log.read_text()
        self.address = line[line.index("http://") :].split()[0]
        parts = urlsplit(self.address)
        assert parts.port is not None
        self.port: int = parts.port
        self.host = f"127.0.0.1:{self.port}"
        self.token = parse_qs(parts.query)["token"][0]
        self.cookie = f"seedbed-lab-{self.port}={self.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it as Ctrl-C does, if it has not ended."""
        assert self.process.poll() in (None, -9), f"ended with status {self.process.poll()}: {self.log.read_text()}"
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        """End it without its knowing."""
        self.process.kill()
        self.process.wait()

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """One request, as it is written: nothing is escaped or completed but Host and Cookie.

        Headers that are empty are left out.
        """
        given = {"Host": self.host, "Cookie": self.cookie} | {name.replace("_", "-"): v for name, v in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            body = response.read()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
        finally:
            connection.close()
