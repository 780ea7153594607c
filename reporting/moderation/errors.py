"""Errors of moderation. Each carries the HTTP status of the answer, and no words that people wrote."""

from datetime import datetime

from config.errors import BarazaError


class ModerationError(BarazaError):
    """The base class of moderation's errors; `reason` is a constant that the pages translate."""

    status = 409
    reason = "refused"


class ReportUnknown(ModerationError):
    """The campaign has no such report."""

    status = 404
    reason = "report_unknown"


class IncidentUnknown(ModerationError):
    """The campaign has no such incident, or this account may see nothing of it."""

    status = 404
    reason = "incident_unknown"


class LeaseHeldByOther(ModerationError):
    """Another moderator is working on the report."""

    reason = "lease_held"


class ChangeRefused(ModerationError):
    """The state of the report does not allow the change, most often because another moderator was faster."""

    reason = "change_refused"


class DecidedMeanwhile(ModerationError):
    """Another moderator decided on the report after the page was made.

    `kind` is the kind of the decision, `name` the moderator's name, `at` the time.
    """

    reason = "decided_meanwhile"

    def __init__(self, kind: str, name: str, at: datetime) -> None:
        super().__init__(kind)
        self.kind = kind
        self.name = name
        self.at = at


class TranslatedMeanwhile(ModerationError):
    """Somebody else translated the report, or corrected its translation, after the page was made."""

    reason = "translated_meanwhile"


class SameReport(ModerationError):
    """A report was given where another report is needed."""

    status = 422
    reason = "same_report"


class InputRefused(ModerationError):
    """The value of an input field cannot be used; `field` names it."""

    status = 422
    reason = "input_refused"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ReplyRefused(ModerationError):
    """The sender opted out, or the report has no address to reply to."""

    reason = "reply_refused"


class PlaceFarOutside(ModerationError):
    """The point lies far outside of all places of the campaign, and the moderator has not confirmed it."""

    reason = "place_far_outside"


class ConfirmationMissing(ModerationError):
    """The moderator has not confirmed a consequence: an approved report would count as unknown in figures."""

    reason = "confirmation_missing"


class ReadingOpen(ModerationError):
    """The report waits for its second reader, or for a third who settles what two disagree on."""

    reason = "reading_open"


class OwnReading(ModerationError):
    """The account is one of the two readers whose disagreement is to be settled."""

    reason = "own_reading"
