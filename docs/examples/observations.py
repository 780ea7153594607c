"""Reads figures of the newest release of a cube, page by page, with nothing but Python's standard library.

    python observations.py https://baraza.example.org CAMPAIGN CUBE

prints people by area, with the standard error and what is too small to be shown.
"""

import json
import sys
from urllib.parse import urlencode
from urllib.request import urlopen


def read(address):
    """Read one answer of the API."""
    with urlopen(address) as answer:  # noqa: S310 - the address is what you typed
        return json.load(answer)


def find_release(server, campaign, cube):
    """Find the number of the newest release."""
    for each in read(f"{server}/api/v1/cubes")["cubes"]:
        if (each["campaign"], each["cube"]) == (campaign, cube):
            return each["latest_release"]
    sys.exit(f"{campaign} has published no {cube}")


def list_observations(server, release, **filters):
    """List every observation that the filters let through; `next` leads from page to page."""
    address = f"{server}/api/v1/releases/{release}/observations?{urlencode(filters)}"
    while address:
        page = read(address)
        yield from page["observations"]
        address = page["next"]


def main(server, campaign, cube):
    """Print a line for each area."""
    release = find_release(server, campaign, cube)
    totals = {
        f"c[{each['name']}]": "_T" for each in read(f"{server}/api/v1/releases/{release}/dimensions")["dimensions"]
    }
    for each in list_observations(server, release, measure="people", limit=50, **totals):
        # A figure that is too small to be shown is null, which is not zero.
        shown = "[c]" if each["value"] is None else f"{each['value']} ± {each['standard_error']:.1f}"
        print(f"{each['level']}\t{each['area']}\t{each['period']}\t{shown}")


if __name__ == "__main__":
    main(*sys.argv[1:])
