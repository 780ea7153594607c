"""User accounts, their roles, the decision log and the access log."""

from datetime import date, datetime
from typing import Any, Final

from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import ChainedLog, DecisionKind, sql_list

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)

# The campaigns that a limited account may see (`is_campaign_limited`).
account_campaign = Table(
    "account_campaign",
    Base.metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
)


PASSWORD_LONGEST: Final = 256  # characters


class Role(Base, RoleMixin):
    """A role; `reporting/accounts/role.py` lists them."""

    __tablename__ = "role"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))


class UserAccount(Base, UserMixin):
    """A user account. Field names are those that the sign-in library expects."""

    __tablename__ = "account"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    language: Mapped[str | None] = mapped_column(Text)
    tf_primary_method: Mapped[str | None] = mapped_column(Text)
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    second_factor_step: Mapped[int | None] = mapped_column(BigInteger)  # TOTP step of the last accepted code
    recovery_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default="{}")
    # Limited to the campaigns in `account_campaign`; false means all. A column of its own, because the last of those
    # rows can be deleted with its campaign.
    is_campaign_limited: Mapped[bool] = mapped_column(server_default="false")
    # The day on which this volunteer agreed that their own activity is not protected in figures: from then on whoever
    # a report of theirs is about counts as a person. None: they have not agreed, or no longer do.
    accredited_on: Mapped[date | None]
    # Keyed hash of this volunteer's own phone: what comes from it counts as theirs in figures.
    phone_hash: Mapped[bytes | None] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]

    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="joined")  # type: ignore[assignment]

    def verify_and_update_password(self, password: str) -> bool:
        """Return whether the password is right; a password longer than PASSWORD_LONGEST never is."""
        return len(password) <= PASSWORD_LONGEST and bool(super().verify_and_update_password(password))


class Decision(Base):
    """Decision log: what an account decided about a report and why. Append-only: the database refuses changes."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_report_id", "report_id", "id"),
        # Finds the reports that have left an incident.
        Index(
            "ix_decision_incident",
            text("(before ->> 'incident_id')"),
            postgresql_where=text("before ? 'incident_id'"),
        ),
        # Finds reports that a decision on another report moved: automatic linking leaves these alone.
        Index(
            "ix_decision_moved",
            text("(after #> '{changed,incident_of}')"),
            postgresql_using="gin",
            postgresql_where=text("after ? 'changed'"),
        ),
        # Finds all decisions that mention a report, for the erasure of that report.
        Index(
            "ix_decision_noted",
            text("noted_reports(after)"),
            postgresql_using="gin",
            postgresql_where=text("after ? 'changed'"),
        ),
        # Finds what was decided lately, of which a share is read a second time.
        Index(
            "ix_decision_verdicts",
            "decided_at",
            postgresql_where=text(f"kind IN {sql_list(DecisionKind.APPROVE, DecisionKind.REJECT)}"),
        ),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    report_id: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccessLogEntry(Base):
    """Access log: which account was shown the raw text of which report, and when."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_report_id", "report_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(BigInteger)
    report_id: Mapped[int] = mapped_column(BigInteger)
    looked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Numbers, addresses and names in the words were shown, too.
    shows_details: Mapped[bool] = mapped_column(server_default="false")


class AuditChainLink(Base):
    """Audit chain: keyed hashes of one row of a log, and of everything before it (`moderation/audit_chain.py`)."""

    __tablename__ = "audit_chain"
    __table_args__ = (
        UniqueConstraint("log_name", "row_id"),
        CheckConstraint(f"log_name IN {sql_list(*ChainedLog)}", name="log_name"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[int] = mapped_column(BigInteger)
    campaign_id: Mapped[int | None] = mapped_column(BigInteger)
    row_digest: Mapped[bytes]
    content_digest: Mapped[bytes]
    digest: Mapped[bytes]
