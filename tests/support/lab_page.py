"""The lab's page in Debian's Chromium, as a person uses it."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lab_server import LabServer
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_S = 40.0
AXE = Path(__file__).parent / "axe-core" / "axe.min.js"
SMALL = {"data": "digits", "network": "conv2d(4,3,padding=1) relu maxpool2d(2) flatten linear(10)", "epochs": "500"}
SMALL |= {"batch_size": "32", "lr": "0.1", "seeds": "2"}


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class LabPage:
    """One page of a lab, opened at a configuration.

    Parameters
    ----------
    browser : Browser
    server : LabServer
    settings : dict
        What the address says; other than `SMALL`.
    options
        Of the browser's context: ``viewport``, ``color_scheme``, ``locale``.
    """

    def __init__(self, browser: Browser, server: LabServer, settings: dict[str, str] | None = None, **options: Any):
        self.server = server
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US"} | options)
        self.context.set_default_timeout(PATIENCE_S * 1000)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"page: {error}"))
        self.page.on(
            "console", lambda line: self.problems.append(line.text) if line.type in ("error", "warning") else None
        )
        self.page.goto(f"{server.address}#{urlencode(SMALL | (settings or {}))}")

    def close(self) -> None:
        """Close it; errors of its console count."""
        self.context.close()
        assert self.problems == []

    def at(self, name: str) -> Any:
        """An element by its hook."""
        return self.page.get_by_test_id(name)

    def text(self, name: str) -> str:
        """Text of an element by its hook."""
        found: str = self.at(name).inner_text()
        return found

    def number(self, name: str) -> float | None:
        """The number that a hook holds; None before there is one."""
        text = self.text(name).replace("−", "-").replace(",", "")
        return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None

    def wait(self, condition: Callable[[], Any], what: str = "") -> Any:
        """What a condition gives, once it gives something."""
        end = time.monotonic() + PATIENCE_S
        while True:
            if found := condition():
                return found
            assert time.monotonic() < end, f"it did not happen: {what}; {self.problems}"
            self.page.wait_for_timeout(50)

    def wait_learning(self) -> None:
        """Until the first steps are taken and tested."""
        self.wait(lambda: self.at("epoch").count() and (self.number("epoch") or 0) > 0, "learning")
        self.wait(lambda: self.number("error") is not None, "an error")

    def full_speed(self) -> None:
        """The speed control to its end."""
        self.at("speed").focus()
        self.page.keyboard.press("End")

    def pause(self) -> None:
        """Pause, if it plays."""
        if self.at("play").get_attribute("aria-pressed") == "true":
            self.at("play").click()
        self.wait(lambda: self.at("play").get_attribute("aria-pressed") == "false", "pause")
        self.page.wait_for_timeout(250)

    def draw(self, *strokes: list[tuple[float, float]]) -> None:
        """Real strokes on the canvas; points are parts of its sides."""
        canvas = self.at("draw")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        for stroke in strokes:
            places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            self.page.mouse.move(*places[0])
            self.page.mouse.down()
            for place in places[1:]:
                self.page.mouse.move(*place, steps=6)
            self.page.mouse.up()

    def violations(self) -> list[str]:
        """What axe-core finds."""
        # The page's policy lets no text be evaluated; the debugger's way in is not bound by it.
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{one['id']}: {one['help']}: {node['html'][:120]} {node['target']}"
            for one in found
            for node in one["nodes"]
        ]
