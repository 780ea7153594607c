"""What the public way out, its account of the database and its addresses give away."""

from itertools import islice, product

import psycopg
import pytest

from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation

ASKS = 70  # references that one network asks for


def test_no_server_is_signed_in_as_the_owner_of_the_database(installation: Installation) -> None:
    """M11: injected SQL finds no way back to a superuser: the servers' own accounts are others."""
    with installation.serve_as_installed():
        for path in ("/data/", "/report", "/readyz"):
            assert installation.call("GET", path).status == 200
        assert installation.bring("no water in ward 4").status == 200
        powerful = installation.sql(
            "SELECT DISTINCT usename FROM pg_stat_activity JOIN pg_roles ON rolname = usename"
            f" WHERE datname = '{installation.database}' AND pid <> pg_backend_pid() AND (rolsuper OR rolcreaterole)"
        )
        signed_in = installation.sql(f"SELECT 1 FROM pg_stat_activity WHERE datname = '{installation.database}'")
    assert len(signed_in) > 1
    assert powerful == []


@pytest.mark.parametrize(
    "statement",
    ["SELECT reltuples FROM pg_class WHERE relname = 'report'", "SELECT sum(n_live_tup) FROM pg_stat_user_tables"],
)
def test_the_public_account_does_not_see_how_many_rows_tables_have(installation: Installation, statement: str) -> None:
    """M12: the account of public pages cannot watch the number of reports grow."""
    with installation.connect() as link:
        link.execute("SET ROLE baraza_public")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            print(link.execute(statement).fetchall())


def test_references_by_sms_are_as_long_as_others(reported: Installation) -> None:
    """LOW: a reference has ten letters, so that trying finds none in a million reports."""
    assert [len(row["report"]) for row in reported.export_messages()] == [10]


def test_references_cannot_be_tried_without_end(installations: Installations) -> None:
    """LOW: whoever asks for one unknown reference after the other is told to wait."""
    references = ["".join(letters) for letters in islice(product("CFGHJMPQRV", repeat=10), ASKS)]
    headers = {"X-Forwarded-For": "8.8.8.8"}
    with installations.make(FORWARDED_HOPS="1") as installation, installation.serve():
        statuses = [installation.call("GET", f"/status/{each}", headers=headers).status for each in references]
    assert 429 in statuses, set(statuses)
