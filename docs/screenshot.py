"""Make docs/images/overview.png from the demo: `python -m docs.screenshot [--language en]`.

Runs `daicho demo` in a temporary folder (or serves the demo given by --workspace), signs in as the
demo's officer in Chromium and takes the first page.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
WIDTH, HEIGHT = 1280, 860  # CSS pixels
START_SECONDS = 900


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run a command that serves the dashboard and give its address; it ends with the block."""
    port = _free_port()
    command = [sys.executable, "-P", "-m", "daicho", *arguments, "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(IMAGES.parents[1])}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/healthz", server)
            yield address
        finally:
            server.send_signal(signal.SIGINT)


def take(address: str, language: str, target: Path) -> None:
    """Sign in and take the overview as it stands on a laptop's screen."""
    from daicho.demo.organisation import accounts
    from registry.model import Role

    officer = next(account for account in accounts() if account.role is Role.GROUP_OFFICER)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        # Root (a build machine) has no sandbox to offer.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="ja-JP" if language == "ja" else "en-GB"
        )
        page.goto(f"{address}/sign-in?lang={language}")
        page.fill("#login", officer.login)
        page.fill("#password", officer.password)
        page.click("form[action='/sign-in'] button")
        page.wait_for_selector("[data-testid='stAppViewContainer'] h1", timeout=60_000)
        page.get_by_role("table").first.wait_for(timeout=60_000)  # the last thing on the page
        page.wait_for_timeout(3_000)  # charts draw after their data came
        page.screenshot(path=target)
        browser.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("the demo did not start")


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=("ja", "en"), default="en")
    parser.add_argument("--output", type=Path, default=IMAGES / "overview.png")
    parser.add_argument("--workspace", type=Path, help="a demo that was made before")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="daicho-screenshot-") as folder:
        command = ("demo", "--directory", f"{folder}/demo")
        if arguments.workspace:
            command = ("serve", "--workspace", str(arguments.workspace))
        with served(*command) as address:
            take(address, arguments.language, arguments.output)
    print(f"made {arguments.output}")


if __name__ == "__main__":
    main()
