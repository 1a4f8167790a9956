"""PDF: the HTML page, printed by a browser of the machine."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from seedbed.errors import StoreError
from seedbed.language import spoken

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
"""Programs that print a page without being seen: names on the path, then where macOS and Windows install them."""

_LIMIT_S = 180
_NEEDS_FONT = ("ko",)


def find_browser() -> str | None:
    """The first of ``BROWSERS`` that is installed."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def pdf_of(html: str) -> bytes:
    """Print an HTML page that needs nothing else.

    Raises
    ------
    StoreError
        No browser is installed, it prints nothing, or it would print boxes because no font has the letters.
    """
    _check_fonts()
    browser = find_browser()
    if browser is None:
        raise StoreError(
            "report as PDF: expected Chromium, Chrome or Edge on this machine, found none. Write it with --format "
            "html, open it in any browser and print it there: its pages are made for paper too."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page, paper = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8", errors="replace")
        said = _print(browser, page, paper, Path(folder) / "profile")
        if not paper.is_file() or not (content := paper.read_bytes()).startswith(b"%PDF"):
            raise StoreError(
                f"report as PDF: '{browser}' wrote no PDF ({said}). Write it with --format html and print that."
            )
        return content


def _check_fonts() -> None:
    """Refuse a language that the machine has no font for; only Linux ever lacks one, and fontconfig knows."""
    lister = shutil.which("fc-list") if sys.platform == "linux" else None
    if lister is None or spoken() not in _NEEDS_FONT:
        return
    done = subprocess.run([lister, f":lang={spoken()}", "family"], capture_output=True, timeout=_LIMIT_S, check=False)
    if done.returncode == 0 and not done.stdout.strip():
        raise StoreError(
            f"report as PDF: no font for language '{spoken()}' is installed here, so its letters would be empty boxes. "
            "Install one (Debian, Ubuntu: fonts-nanum or fonts-noto-cjk), or write it with --format html and print "
            "that on a machine that has one."
        )


def _print(browser: str, page: Path, paper: Path, profile: Path) -> str:
    """Let the browser print; gives the last line it said."""
    # Chromium refuses its sandbox to root; the page is ours and holds no script.
    rootly = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        *rootly,
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={paper}",
        page.as_uri(),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {_LIMIT_S} s"
    except OSError as error:
        return error.strerror or str(error)
    lines = done.stderr.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"exit status {done.returncode}")
