"""Accounts of the demonstration, one for each role, with random passwords made on this machine."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from flask_security.utils import hash_password

from reporting.accounts.account import set_active, set_up_roles
from reporting.accounts.role import PERMISSIONS
from reporting.accounts.signin import add_person

_FILE = "demo-accounts.json"


def read_accounts(var: Path) -> dict[str, str]:
    """Read the passwords of the demonstration's accounts, by e-mail address; empty before they are made."""
    path = var / _FILE
    return dict(json.loads(path.read_text())) if path.exists() else {}


def make_accounts(store: Any, var: Path) -> dict[str, str]:
    """Add the missing accounts of the demonstration; return the passwords by e-mail address.

    Needs an application context.
    """
    accounts = read_accounts(var)
    set_up_roles(store)
    for role in PERMISSIONS:
        email = f"{role}@example.org"
        if email in accounts and store.find_user(email=email):
            continue
        accounts[email] = secrets.token_urlsafe(9)
        password_hash = hash_password(accounts[email])
        person = add_person(store, email=email, name=role.title(), password_hash=password_hash, role=role)
        set_active(store, person, is_active=True)  # an earlier demonstration may have closed it
    _keep(var, accounts)
    return accounts


def close_accounts(store: Any, var: Path) -> list[str]:
    """Close the accounts of an earlier demonstration, because their passwords were printed; return their addresses."""
    closed = []
    for email in read_accounts(var):
        if person := store.find_user(email=email):
            set_active(store, person, is_active=False)
            closed.append(email)
    (var / _FILE).unlink(missing_ok=True)
    return closed


def _keep(var: Path, accounts: dict[str, str]) -> None:
    var.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(var / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(accounts, file, indent=1)
