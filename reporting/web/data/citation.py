"""How a release is cited: in a sentence and as BibTeX. Its address is its permanent one, and its version part of it."""

import re
from dataclasses import dataclass
from typing import Final

from flask import url_for
from flask_babel import gettext

from reporting.publishing.release_info import ReleaseInfo

_SPECIAL: Final = re.compile(r"([#$%&_])")  # characters that LaTeX reads as commands
_UNSAFE: Final = re.compile(r"[{}\\~^]")


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation to copy."""

    text: str
    bibtex: str
    address: str


def cite(release: ReleaseInfo, public_url: str) -> Citation:
    """Cite a release: who, what, version, day and permanent address."""
    address = public_url + url_for("data.show_release", release_id=release.id)
    title = f"{release.cube} {release.period}"
    version = gettext("version %(number)s", number=release.version)
    day = release.created_at.date()
    text = f"{release.campaign_name} ({day.year}). {title}, {version}. {address} ({day.isoformat()})"
    fields = {
        "author": "{" + _escape(release.campaign_name) + "}",
        "title": _escape(f"{release.campaign_name}: {title}"),
        "year": str(day.year),
        "month": str(day.month),
        "edition": f"Version {release.version}",
        "url": address,
        "note": _escape(f"Licence {release.policy.get('licence', '')}, made with Baraza {release.code_version}"),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return Citation(text, f"@misc{{{release.campaign_slug}-{release.id},\n{lines}\n}}", address)


def _escape(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", _UNSAFE.sub("", words))
