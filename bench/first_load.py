"""First load of the public page of figures on a slow line and a slow phone: `script/bench first_load`.

A Chromium that was never there opens the newest release of the demonstration, with the line throttled to slow 3G (400
kbit/s each way, 400 ms for each round trip) and the processor to a quarter, by its own development protocol. Told are
the bytes that came over the line, the requests, the first and the largest contentful paint, and when all was loaded;
the median of several rounds. `--address` measures a running server with the demonstration in it.
"""

import statistics
import sys
from collections.abc import Sequence
from typing import Any, Final

from playwright.sync_api import Browser

from bench.demonstration_site import add_address, chromium, demonstration_site
from bench.scratch import parse_arguments, report

_PATHS: Final = {"release": "/data/nepal-demo/incidents/", "list": "/data/"}
_ROUNDS: Final = 5
_LATENCY_MS: Final = 400
_BYTES_A_SECOND: Final = 400 * 1000 // 8
_SLOWER: Final = 4
_PAINTS: Final = """() => new Promise((done) => new PerformanceObserver((list) => {
  const [page] = performance.getEntriesByType('navigation');
  const first = performance.getEntriesByName('first-contentful-paint')[0];
  done({first: first.startTime, largest: list.getEntries().at(-1).startTime, loaded: page.loadEventEnd});
}).observe({type: 'largest-contentful-paint', buffered: true}))"""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each page, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "", add_address)
    rounds = 1 if arguments.quick else _ROUNDS
    with demonstration_site(arguments.address) as address, chromium() as browser:
        found = {name: _measure(browser, address + path, rounds) for name, path in _PATHS.items()}
    report(found, arguments.json)


def _measure(browser: Browser, address: str, rounds: int) -> dict[str, Any]:
    _load(browser, address)  # the server's own first time is not the visitor's
    loads = [_load(browser, address) for _ in range(rounds)]
    return {name: round(statistics.median(load[name] for load in loads)) for name in loads[0]}


def _load(browser: Browser, address: str) -> dict[str, float]:
    """Open the page as somebody who was never there."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, locale="en")
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    sizes: list[float] = []
    protocol.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    protocol.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False, "latency": _LATENCY_MS, "downloadThroughput": _BYTES_A_SECOND,
            "uploadThroughput": _BYTES_A_SECOND,
        },
    )  # fmt: skip
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(address, wait_until="load")
    paints = page.evaluate(_PAINTS)
    context.close()
    return {
        "first_paint_ms": paints["first"], "largest_paint_ms": paints["largest"], "loaded_ms": paints["loaded"],
        "bytes": sum(sizes), "requests": len(sizes),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
