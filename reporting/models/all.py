"""Every mapped class in one import, for migrations and other code that needs the whole schema."""

from reporting.models.account import AccessLogEntry, AuditChainLink, Decision, Role, UserAccount
from reporting.models.api_key import ApiKey, PartnerAccess
from reporting.models.base import Base
from reporting.models.campaign import Campaign, CampaignAddress, Topic, Xform
from reporting.models.demographics import Affected, ReporterProfile
from reporting.models.desk import EarlySignal, NoteMention, ReportAssignment, ReportNote, ReportTranslation, SavedView
from reporting.models.heartbeat import Heartbeat
from reporting.models.incident import DuplicateBurst, IncidentUpdate, Referral, UpdateRecipient
from reporting.models.media import Media
from reporting.models.message import (
    ChannelState,
    Contact,
    EarlyDeliveryReport,
    Message,
    MessageSegmentRow,
    ProcessingAttempt,
    Question,
)
from reporting.models.population import Population
from reporting.models.release import (
    Release,
    ReleaseApproval,
    ReleaseArea,
    ReleaseCell,
    ReleaseHold,
    ReleaseWithdrawal,
)
from reporting.models.report import Incident, Link, MatchWeights, Report, ReportMinhash
from reporting.models.rescore_queue import RescoreQueueEntry
from reporting.models.roll_up import RollUp
from reporting.models.second_reading import SecondReading
from reporting.models.sign_in import SignIn
from reporting.models.subscription import EventDelivery, PublicEvent, Subscription

__all__ = [
    "AccessLogEntry",
    "Affected",
    "ApiKey",
    "AuditChainLink",
    "Base",
    "Campaign",
    "CampaignAddress",
    "ChannelState",
    "Contact",
    "Decision",
    "DuplicateBurst",
    "EarlyDeliveryReport",
    "EarlySignal",
    "EventDelivery",
    "Heartbeat",
    "Incident",
    "IncidentUpdate",
    "Link",
    "MatchWeights",
    "Media",
    "Message",
    "MessageSegmentRow",
    "NoteMention",
    "PartnerAccess",
    "Population",
    "ProcessingAttempt",
    "PublicEvent",
    "Question",
    "Referral",
    "Release",
    "ReleaseApproval",
    "ReleaseArea",
    "ReleaseCell",
    "ReleaseHold",
    "ReleaseWithdrawal",
    "Report",
    "ReportAssignment",
    "ReportMinhash",
    "ReportNote",
    "ReportTranslation",
    "ReporterProfile",
    "RescoreQueueEntry",
    "Role",
    "RollUp",
    "SavedView",
    "SecondReading",
    "SignIn",
    "Subscription",
    "Topic",
    "UpdateRecipient",
    "UserAccount",
    "Xform",
]  # fmt: skip
