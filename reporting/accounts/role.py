"""Roles and their permissions. An administrator has all permissions; a supervisor cannot open sensitive reports."""

VOLUNTEER = "volunteer"
TRANSLATOR = "translator"
MODERATOR = "moderator"
SUPERVISOR = "supervisor"
SAFEGUARDING = "safeguarding"
ADMIN = "admin"

TRANSLATE = "translate"  # see the words of reports without a translation, and write it
MODERATE = "moderate"  # see the queue and the words, decide
SUPERVISE = "supervise"  # break leases, see the audit, replay messages, make releases
SAFEGUARD = "safeguard"  # see and decide on restricted reports, release them
ADMINISTER = "administer"  # accounts and settings

PERMISSIONS: dict[str, list[str]] = {
    VOLUNTEER: [],
    TRANSLATOR: [TRANSLATE],
    MODERATOR: [MODERATE],
    SUPERVISOR: [MODERATE, SUPERVISE],
    SAFEGUARDING: [MODERATE, SAFEGUARD],
    ADMIN: [TRANSLATE, MODERATE, SUPERVISE, SAFEGUARD, ADMINISTER],
}
DESCRIPTIONS = {
    VOLUNTEER: "fills in reports in the field",
    TRANSLATOR: "translates the words of reports",
    MODERATOR: "decides on reports",
    SUPERVISOR: "watches the queue, makes releases",
    SAFEGUARDING: "works on restricted reports",
    ADMIN: "accounts and settings",
}
