"""Every mapped class in one import, for migrations and for whoever needs the whole schema."""

from reporting.models.base import Base
from reporting.models.campaign import Campaign, Line, Topic
from reporting.models.message import Attempt, Contact, Message, Question
from reporting.models.person import Decision, Look, Person, Role
from reporting.models.release import Release, ReleaseArea, ReleaseCell
from reporting.models.report import Incident, Link, Report

__all__ = [
    "Attempt", "Base", "Campaign", "Contact", "Decision", "Incident", "Line", "Link", "Look", "Message", "Person",
    "Question",
    "Release", "ReleaseArea", "ReleaseCell", "Report", "Role", "Topic",
]  # fmt: skip
