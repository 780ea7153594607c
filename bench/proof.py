"""What a browser's token costs: seconds of a visitor, processor hours of whoever invents people, and of a check.

A native program on one core does the work as an attacker would; the form's own script does it in Chromium, as it is and
with its processor slowed six times, in place of a cheap phone. The browser's own limit of the hash is native in both,
so that the slowing shows the script and its waits, and not the hash of a slower processor: for that the rounds a second
of `native` are to be divided by how much slower the phone's processor is.
"""

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from bench.scratch import ROOT, parse_arguments, report
from config.settings import PROOF_ROUNDS
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.base import now
from reporting.web.report.browser_proof import (
    CHALLENGE,
    ITERATIONS,
    PARTS,
    PROOF,
    TOKEN,
    BrowserProofs,
    find_limit,
    hash_number,
)

_TOKENS, _TOKENS_QUICK = 40, 2
_SLOWED: Final = 6
_INVENTED: Final = 10_000
_SCRIPT: Final = ROOT / "reporting" / "web" / "static" / "report" / "proof.js"
_MANY: Final = 200_000  # rounds in one call, of which the speed of the hash is taken


def run(is_quick: bool) -> dict[str, Any]:
    """Measure for the default difficulty."""
    proofs = BrowserProofs(Pseudonyms("a pepper of the benchmark"), PROOF_ROUNDS)
    count = _TOKENS_QUICK if is_quick else _TOKENS
    native, checks = measure_native(proofs, count)
    figures = {
        "rounds": PROOF_ROUNDS,
        "native_rounds_a_second": round(measure_hash()),
        "native": _describe(native),
        "check_ms": round(1000 * median(checks), 1),
        f"core_hours_of_{_INVENTED}_tokens": round(sum(native) / len(native) * _INVENTED / 3600, 2),
    }
    with open_page() as page:
        for name, slowed in (("chromium", 1), (f"chromium_slowed_{_SLOWED}_times", _SLOWED)):
            figures[name] = _describe(measure_browser(page, proofs, count, slowed))
    return figures


def measure_hash() -> float:
    """Measure the rounds a second of one core."""
    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"5a" * 16, b"a salt", _MANY, 4)
    return _MANY / (time.perf_counter() - began)


def measure_native(proofs: BrowserProofs, count: int) -> tuple[list[float], list[float]]:
    """Measure the seconds of making tokens one after the other, and of checking each."""
    took, checks = [], []
    for number in range(count):
        token = f"{number:032x}"
        challenge = proofs.make_challenge(token, now())
        assert challenge is not None
        began = time.perf_counter()
        found = [_search(token, challenge.challenge, part, find_limit(challenge.tries)) for part in range(PARTS)]
        took.append(time.perf_counter() - began)
        fields = {TOKEN: token, CHALLENGE: challenge.challenge, PROOF: ".".join(map(str, found))}
        began = time.perf_counter()
        assert proofs.find_browser(fields, 1, now()) is not None
        checks.append(time.perf_counter() - began)
    return took, checks


def measure_browser(page: Page, proofs: BrowserProofs, count: int, slowed: int) -> list[float]:
    """Measure the seconds that the form's script takes in a browser."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    took = []
    for number in range(count):
        token = f"{number:032x}"
        challenge = proofs.make_challenge(token, now())
        assert challenge is not None
        given = {"challenge": challenge.challenge, "parts": PARTS, "iterations": ITERATIONS, "tries": challenge.tries}
        began = time.perf_counter()
        proof = page.evaluate("([token, given]) => BrowserProof.solve(token, given)", [token, given])
        took.append(time.perf_counter() - began)
        assert proofs.find_browser({TOKEN: token, CHALLENGE: challenge.challenge, PROOF: proof}, 1, now()) is not None
    return took


@contextmanager
def open_page() -> Iterator[Page]:
    """Open a page with the form's script alone, at an address that browsers trust."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<title>-</title>", content_type="text/html"))
        page.goto("http://localhost/")
        page.add_script_tag(path=_SCRIPT)
        yield page
        browser.close()


def _search(token: str, challenge: str, part: int, limit: int) -> int:
    number = 0
    while hash_number(token, challenge, part, number) >= limit:
        number += 1
    return number


def _describe(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    figures = {
        "mean_s": sum(took) / len(took), "median_s": median(took), "p95_s": ordered[int(0.95 * (len(ordered) - 1))],
        "longest_s": ordered[-1],
    }  # fmt: skip
    return {name: round(value, 2) for name, value in figures.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    options = parse_arguments(argv, __doc__ or "")
    report(run(options.quick), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
