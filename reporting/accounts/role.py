"""Roles and what each may do. A later role may do all that an earlier one may."""

VOLUNTEER = "volunteer"
MODERATOR = "moderator"
SUPERVISOR = "supervisor"
ADMIN = "admin"

MODERATE = "moderate"  # see the queue and the words, decide
SUPERVISE = "supervise"  # break leases, see the audit, replay messages, make releases
ADMINISTER = "administer"  # accounts and settings

PERMISSIONS: dict[str, list[str]] = {
    VOLUNTEER: [],
    MODERATOR: [MODERATE],
    SUPERVISOR: [MODERATE, SUPERVISE],
    ADMIN: [MODERATE, SUPERVISE, ADMINISTER],
}
DESCRIPTIONS = {
    VOLUNTEER: "fills in reports in the field",
    MODERATOR: "decides on reports",
    SUPERVISOR: "watches the queue, makes releases",
    ADMIN: "accounts and settings",
}
