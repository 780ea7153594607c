"""The e-mail channel: inbound by reading a mailbox (IMAP), outbound by SMTP."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from channels.base.errors import SendError
from channels.base.gateway import Gateway, MailboxAccess
from channels.options import Adapter, Options

_TIMEOUT_S: Final = 20
_IMAPS_PORT: Final = 993
_IMAP_PORT: Final = 143
_SUBMISSION_PORT: Final = 587
SUBJECT: Final = "Baraza"  # reveals nothing of the content, since others may see the list of messages
_PERMANENT: Final = 500
_ADDRESS: Final = validate.Regexp(r"^[^@\s]+@[^@\s]+\Z", error="an e-mail address")


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Sends through a mail server, with TLS unless the settings say otherwise."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None

    def send(self, *, campaign_address: str, address: str, text: str) -> str:
        """Send one email message and return its Message-ID. Raises SendError."""
        letter = _compose(campaign_address, address, text)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S) as server:
                if self.is_tls:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.password:
                    server.login(self.user, self.password)
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise SendError(f"smtp_{code}", retryable=code < _PERMANENT) from None
        except smtplib.SMTPResponseException as error:
            raise SendError(f"smtp_{error.smtp_code}", retryable=error.smtp_code < _PERMANENT) from None
        except (smtplib.SMTPException, OSError) as error:
            raise SendError(type(error).__name__, retryable=True) from None
        return str(letter["Message-ID"])


def _compose(campaign_address: str, address: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    try:
        letter["From"], letter["To"] = campaign_address, address
    except (ValueError, IndexError):
        raise SendError("address", retryable=False) from None
    letter["Subject"] = SUBJECT
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain=campaign_address.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-replied"  # so that no absence note comes back (RFC 3834)
    letter.set_content(text)
    return letter


class _Options(Options):
    host = fields.String(required=True)
    port = fields.Integer(load_default=None)
    user = fields.String(required=True)
    password = fields.String(required=True)
    folder = fields.String(load_default="INBOX")
    tls = fields.Boolean(load_default=True)
    addresses = fields.List(fields.String(validate=_ADDRESS), load_default=list)
    trusted_server = fields.String(load_default=None, validate=validate.Length(1))
    smtp_host = fields.String(load_default=None)
    smtp_port = fields.Integer(load_default=_SUBMISSION_PORT)
    smtp_tls = fields.Boolean(load_default=True)
    smtp_user = fields.String(load_default=None)
    smtp_password = fields.String(load_default=None)

    @validates_schema
    def _check_addresses(self, data: dict[str, Any], **_: object) -> None:
        if not data.get("addresses") and "@" not in data.get("user", ""):
            raise ValidationError("at least one address of ours, where the user is none", "addresses")


def build(name: str, options: Mapping[str, Any], public_url: str) -> Gateway:  # noqa: ARG001
    """Build the gateway: a mailbox, and a mail server for sending where one is configured."""
    mailbox = MailboxAccess(
        host=options["host"],
        port=options["port"] or (_IMAPS_PORT if options["tls"] else _IMAP_PORT),
        user=options["user"],
        password=options["password"],
        folder=options["folder"],
        is_tls=options["tls"],
        addresses=tuple(options["addresses"]) or (options["user"],),
        trusted_server=options["trusted_server"],
    )
    sender = None
    if options["smtp_host"]:
        sender = SmtpSender(
            options["smtp_host"], options["smtp_port"], options["smtp_tls"],
            options["smtp_user"] or options["user"], options["smtp_password"] or options["password"],
        )  # fmt: skip
    return Gateway(sender=sender, mailbox=mailbox, texts_per_second=options["texts_per_second"])


ADAPTER = Adapter(_Options, build)
