"""The licence of a release by its SPDX name, with the address of its text where it is known."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reporting.publishing.release_info import ReleaseInfo

_DEFAULT: Final = "CC-BY-4.0"  # of releases that name none
_ADDRESSES: Final = MappingProxyType(
    {
        "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
        "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
        "CC-BY-IGO-3.0": "https://creativecommons.org/licenses/by/3.0/igo/",
        "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
        "ODC-By-1.0": "https://opendatacommons.org/licenses/by/1-0/",
        "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
    }
)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence; `address` is empty where it is not known."""

    name: str
    address: str


def find_licence(release: ReleaseInfo) -> Licence:
    """Find the licence of a release."""
    name = str(release.policy.get("licence") or _DEFAULT)
    return Licence(name, _ADDRESSES.get(name, ""))
