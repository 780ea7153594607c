"""A site with the demonstration in it, for benchmarks in a browser: one of its own, or one that runs."""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from bench.scratch import free_port, scratch_database
from bench.site import web_site
from config.settings import load_settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.startup.prepare import run_command


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add the option of a running server."""
    parser.add_argument(
        "--address", metavar="URL", help="a running server with the demonstration, instead of one's own"
    )


@contextmanager
def demonstration_site(address: str | None) -> Iterator[str]:
    """Yield the address of a site with the demonstration; where none is given, it is loaded into a new database."""
    if address is not None:
        yield address.rstrip("/")
        return
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    with scratch_database("demonstration") as (database_url, redis_url):
        environment = {
            **os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "BARAZA_ENV": "development",
            "PUBLIC_URL": own,
        }  # fmt: skip
        program = Program(load_settings(), database_url, redis_url)
        run_command(create_app(program), "demo", "load")
        program.close()
        with web_site(port, environment):
            yield own


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the distribution's Chromium."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
