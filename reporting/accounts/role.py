"""Roles and their permissions. An administrator has all permissions; a supervisor cannot open sensitive reports."""

VOLUNTEER = "volunteer"
MODERATOR = "moderator"
SUPERVISOR = "supervisor"
SAFEGUARDING = "safeguarding"
ADMIN = "admin"

MODERATE = "moderate"  # see the queue and the words, decide
SUPERVISE = "supervise"  # break leases, see the audit, replay messages, make releases
SAFEGUARD = "safeguard"  # see and decide on restricted reports, release them
ADMINISTER = "administer"  # accounts and settings

PERMISSIONS: dict[str, list[str]] = {
    VOLUNTEER: [],
    MODERATOR: [MODERATE],
    SUPERVISOR: [MODERATE, SUPERVISE],
    SAFEGUARDING: [MODERATE, SAFEGUARD],
    ADMIN: [MODERATE, SUPERVISE, SAFEGUARD, ADMINISTER],
}
DESCRIPTIONS = {
    VOLUNTEER: "fills in reports in the field",
    MODERATOR: "decides on reports",
    SUPERVISOR: "watches the queue, makes releases",
    SAFEGUARDING: "works on restricted reports",
    ADMIN: "accounts and settings",
}
