"""Accounts of the demonstration, one a role, with passwords made at random on this machine."""

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
    """Password by e-mail address, as they were made; empty before."""
    path = var / _FILE
    return dict(json.loads(path.read_text())) if path.exists() else {}


def make_accounts(store: Any, var: Path) -> dict[str, str]:
    """Add the accounts that are not there yet; returns password by e-mail address. Needs an application context."""
    accounts = read_accounts(var)
    set_up_roles(store)
    for role in PERMISSIONS:
        email = f"{role}@example.org"
        if email in accounts and store.find_user(email=email):
            continue
        accounts[email] = secrets.token_urlsafe(9)
        password_hash = hash_password(accounts[email])
        person = add_person(store, email=email, name=role.title(), password_hash=password_hash, role=role)
        set_active(store, person, is_active=True)  # it may have been closed since
    _keep(var, accounts)
    return accounts


def close_accounts(store: Any, var: Path) -> list[str]:
    """Close the accounts of the demonstration that was here before: their passwords were printed. Returns whose."""
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
