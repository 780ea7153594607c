"""The database roles: web and worker log in as one, the public pages as another, each with its own password.

Logging in as the role is safer than `SET ROLE`, from which an injected `RESET ROLE` would lead back to the owner. Where
`DATABASE_URL` has a password, the roles' passwords are derived from it, so that every machine with the same URL knows
them.
"""

import base64
import hashlib
import hmac

APP = "baraza_app"
PUBLIC = "baraza_public"


def derive_password(owner_password: str | None, role: str) -> str | None:
    """Derive the role's password; None where the owner has none either, as with the private server."""
    if not owner_password:
        return None
    digest = hmac.digest(owner_password.encode(), f"Baraza's database role {role}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
