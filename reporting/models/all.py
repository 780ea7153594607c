"""Every mapped class in one import, for migrations and for whoever needs the whole schema."""

from reporting.models.account import Decision, Look, Person, Role
from reporting.models.api_key import ApiKey
from reporting.models.base import Base
from reporting.models.campaign import Campaign, Line, Topic, Xform
from reporting.models.heartbeat import Heartbeat
from reporting.models.incident import CopyWave, IncidentUpdate, Told
from reporting.models.media import Media
from reporting.models.message import (
    Attempt,
    Contact,
    DeliveryNote,
    Message,
    MessagePartRow,
    Pace,
    Question,
    Subject,
)
from reporting.models.release import (
    Release,
    ReleaseApproval,
    ReleaseArea,
    ReleaseCell,
    ReleaseHold,
    ReleaseWithdrawal,
)
from reporting.models.report import Incident, LikenessWeights, Link, Report, ReportBand
from reporting.models.rescore_queue import StaleLinks
from reporting.models.sign_in import SignIn

__all__ = [
    "ApiKey", "Attempt", "Base", "Campaign", "Contact", "CopyWave", "Decision", "DeliveryNote", "Heartbeat", "Incident",
    "IncidentUpdate", "LikenessWeights", "Line", "Link", "Look", "Media", "Message", "MessagePartRow", "Pace",
    "Person", "Question", "Release", "ReleaseApproval", "ReleaseArea", "ReleaseCell", "ReleaseHold",
    "ReleaseWithdrawal", "Report", "ReportBand", "Role", "SignIn", "StaleLinks",
    "Subject", "Told", "Topic", "Xform",
]  # fmt: skip
