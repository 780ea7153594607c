"""What moderation refuses. Each error carries the status that the edge answers with, and no words of anybody."""

from datetime import datetime


class ModerationError(Exception):
    """Base of what is refused; `reason` is a constant that the pages translate."""

    status = 409
    reason = "refused"


class ReportUnknown(ModerationError):
    """There is no such report in the campaign."""

    status = 404
    reason = "report_unknown"


class IncidentUnknown(ModerationError):
    """There is no such incident in the campaign, or nothing of it that this person may see."""

    status = 404
    reason = "incident_unknown"


class LeaseHeldByOther(ModerationError):
    """Somebody else is working on the report."""

    reason = "lease_held"


class ChangeRefused(ModerationError):
    """The report's state does not allow the change: most often somebody was faster."""

    reason = "change_refused"


class DecidedMeanwhile(ModerationError):
    """Somebody decided on the report after the page was made: `kind` of the decision, the person's `name`, `at`."""

    reason = "decided_meanwhile"

    def __init__(self, kind: str, name: str, at: datetime) -> None:
        super().__init__(kind)
        self.kind = kind
        self.name = name
        self.at = at


class SameReport(ModerationError):
    """A report was named as another one than itself."""

    status = 422
    reason = "same_report"


class InputRefused(ModerationError):
    """What was entered cannot be used; `field` names it."""

    status = 422
    reason = "input_refused"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ReplyRefused(ModerationError):
    """The sender opted out, or the report came without an address to answer to."""

    reason = "reply_refused"


class PlaceFarOutside(ModerationError):
    """The point lies far from everywhere that the campaign knows: it is asked about before the pin is put there."""

    reason = "place_far_outside"


class ConfirmationMissing(ModerationError):
    """What was asked for has a consequence that must be confirmed first: an approved report would be in no figure."""

    reason = "confirmation_missing"
