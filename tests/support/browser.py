"""Headless Chromium, and pages of it that tell of everything that goes wrong in them."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tools.client import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_SECONDS = 30
DESKTOP, PHONE = 1280, 360
HEIGHT = 900
LOST = "Failed to load resource"
"""Chromium says so of each request that fails, also of those that a page tries again."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> "Iterator[Browser]":
    """The Chromium that is installed, without a window.

    Where there is none, the test fails in CI and is skipped elsewhere.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = "Chromium is not installed (on Debian: apt-get install chromium)."
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Visitor:
    """One person's browser, with a memory of its own."""

    def __init__(self, browser: "Browser", width: int, *, dark: bool = False) -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if dark else "light"
        )
        self._context.set_default_timeout(WAIT_SECONDS * 1000)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        """What the console told of but for `LOST`: errors, warnings, breaches of the policy."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"} and LOST not in message.text
                else None
            ),
        )

    def close(self) -> None:
        """End the visit, and forget everything."""
        self._context.close()

    def answer(self, pattern: str, answer: "Callable[[Route], None]") -> None:
        """Let `answer` answer what the page asks the network for, instead of the server."""
        self.page.route(pattern, answer)

    def answer_as_server(self, pattern: str) -> None:
        """Let the server answer again."""
        self.page.unroute(pattern)

    def text(self, selector: str) -> str:
        """Return what is to be read in the first such element, once it is there."""
        return self.page.locator(selector).first.inner_text()

    def wait_for(self, script: str) -> None:
        """Wait until an expression of JavaScript is true in the page.

        Playwright's own waiting evaluates text in the page, which its content policy forbids.
        """
        until(lambda: self.page.evaluate(f"Boolean({script})"), WAIT_SECONDS)

    def scan(self) -> list[str]:
        """Return where the page breaks WCAG 2.2 AA, as far as axe-core can tell."""
        self.page.evaluate(AXE.read_text())
        found: Any = self.page.evaluate("tags => axe.run({ runOnly: tags })", WCAG)
        return [
            f"{violation['id']}: {node['html']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
