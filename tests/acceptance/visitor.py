"""A browser without scripts: keeps cookies, follows redirects, fills the forms that pages have, signs in."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlencode, urljoin

from tests.acceptance.installation import Answer, Installation
from tests.acceptance.tree import Failed

SIGN_IN: Final = "/account/sign-in"
_REDIRECTS_MOST: Final = 5
_KEY: Final = re.compile(r"<code>([A-Z2-7 -]{16,})</code>")
_STEP_S: Final = 30  # of codes (RFC 6238)


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as they stand there."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page at the end of redirects."""

    path: str
    answer: Answer

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return self.answer.status

    @property
    def text(self) -> str:
        """Its HTML."""
        return self.answer.text

    @property
    def forms(self) -> list[Form]:
        """Its forms, with addresses from the root."""
        reader = _FormReader()
        reader.feed(self.text)
        return [Form(urljoin(self.path, form.action), form.method, form.fields) for form in reader.forms]

    def form(self, action: str) -> Form:
        """The form that posts to an address with this in it. Raises Failed."""
        found = [form for form in self.forms if form.method == "post" and action in form.action]
        if not found:
            raise Failed(f"{self.path} ({self.status}) has no form to {action}: {[form.action for form in self.forms]}")
        return found[0]


class Visitor:
    """One browser; `cookies` may be copied, as a thief would."""

    def __init__(self, installation: Installation, cookies: Mapping[str, str] | None = None) -> None:
        self.installation = installation
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> Page:
        """Open an address."""
        return self._call("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send fields to an address, whether or not a page has a form for it."""
        return self._call("POST", path, fields)

    def submit(self, page: Page, action: str, **fields: str) -> Page:
        """Send the page's form to an address with this in it, with some fields filled in. Raises Failed."""
        form = page.form(action)
        return self._call("POST", form.action, form.fields | fields)

    def sign_in(self, address: str, password: str) -> Page:
        """Sign in; where a second factor is to be set up, set it up."""
        page = self.submit(self.get(SIGN_IN), SIGN_IN, email=address, password=password)
        if (key := _KEY.search(page.text)) is not None:
            page = self.submit(page, "second-factor", code=make_code(key[1], time.time()))
        return page

    def _call(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Page:
        for _ in range(_REDIRECTS_MOST):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if fields is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = self.installation.call(method, path, None if fields is None else urlencode(fields), headers)
            self._keep(answer)
            target = answer.headers.get("Location")
            if answer.status not in (301, 302, 303) or target is None:
                return Page(path, answer)
            path = urljoin(path, target.removeprefix(self.installation.environment["PUBLIC_URL"]))
            method, fields = "GET", None
        raise Failed(f"redirects without end at {path}")

    def _keep(self, answer: Answer) -> None:
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0" or not cookie.value or cookie["expires"].startswith("Thu, 01 Jan 1970"):
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value


def sign_in(installation: Installation, role: str, name: str = "") -> Visitor:
    """A signed-in session of a new account, made and opened as docs/install.md says. Raises Failed."""
    address, password = f"{name or role}@example.org", "a long password of the tests"
    link = re.search(r"https?://\S+", installation.command("users", "create", address, "--role", role))
    if link is None:
        raise Failed("users create prints no link")
    visitor = Visitor(installation)
    path = link[0].removeprefix(installation.environment["PUBLIC_URL"])
    visitor.submit(visitor.get(path), "/account/password", password=password, again=password)
    page = visitor.sign_in(address, password)
    if visitor.get("/account/sign-in").path == SIGN_IN and role != "volunteer":
        raise Failed(f"{role} could not sign in: {page.path} {page.status}")
    return visitor


def take_report(moderator: Visitor) -> Page:
    """The page of the report that the queue hands out next. Raises Failed."""
    return moderator.submit(moderator.get("/moderate/"), "/moderate/next")


def make_code(key: str, at: float) -> str:
    """The six digits that an authenticator app shows at a moment (RFC 6238)."""
    padded = re.sub("[ -]", "", key)
    padded += "=" * (-len(padded) % 8)
    digest = hmac.digest(base64.b32decode(padded), struct.pack(">Q", int(at) // _STEP_S), "sha1")
    begin = digest[-1] & 15
    number = struct.unpack(">I", digest[begin : begin + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(got.get("action", ""), got.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._read(tag, got)

    def _read(self, tag: str, got: Mapping[str, str]) -> None:
        fields = self._form.fields if self._form else {}
        name = got.get("name", "")
        if tag == "input" and name and got.get("type") not in ("checkbox", "radio", "submit", "file"):
            fields[name] = got.get("value", "")
        elif tag == "input" and name and "checked" in got:
            fields[name] = got.get("value", "on")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in fields or "selected" in got):
            fields[self._select] = got.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
