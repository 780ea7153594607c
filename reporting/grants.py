"""Rights in the database: roles that sign in, grants that survive a restore, and hidden statistics.

Roles belong to the cluster, not to the database. A dump that is restored in a cluster without them loses every grant to
them, and with it the limits of functions that run with the owner's rights. So the grants are recorded in the database
itself after each migration, and missing ones are granted again.
"""

from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from config.database_roles import APP, PUBLIC
from config.errors import UserError
from reporting.db import make_engine

_MAKE_ROLE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} LOGIN;
        ELSIF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}') THEN ALTER ROLE {role} LOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
        -- Another database of the same cluster did it in this moment.
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}' AND rolcanlogin) THEN RAISE; END IF;
    END $$
"""
NOTE = "database_grant"
_MAKE_NOTE = f"CREATE TABLE IF NOT EXISTS {NOTE} (statement text PRIMARY KEY)"
_HAS_NOTE = f"SELECT to_regclass('public.{NOTE}') IS NOT NULL"
# All rights of the two roles in this database, and what PUBLIC must not have, as GRANT and REVOKE statements.
_LIST_GRANTS = """
    WITH ours AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('baraza_app', 'baraza_public'))
    SELECT format('GRANT %s ON SCHEMA %I TO %I', given.privilege_type, nspname, rolname)
    FROM pg_namespace, aclexplode(nspacl) AS given JOIN ours ON ours.oid = given.grantee WHERE nspname = 'public'
    UNION
    SELECT 'REVOKE ALL ON SCHEMA public FROM PUBLIC' FROM pg_namespace
    WHERE nspname = 'public' AND NOT EXISTS (SELECT FROM aclexplode(nspacl) AS given WHERE given.grantee = 0)
    UNION
    SELECT format('GRANT %s ON %s %s TO %I', given.privilege_type,
                  CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, pg_class.oid::regclass, rolname)
    FROM pg_class, aclexplode(relacl) AS given JOIN ours ON ours.oid = given.grantee
    WHERE relnamespace = 'public'::regnamespace
    UNION
    SELECT format('GRANT %s (%I) ON TABLE %s TO %I', given.privilege_type, attname, attrelid::regclass, rolname)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl) AS given
    JOIN ours ON ours.oid = given.grantee WHERE relnamespace = 'public'::regnamespace
    UNION
    SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', pg_proc.oid::regprocedure, rolname)
    FROM pg_proc, aclexplode(proacl) AS given JOIN ours ON ours.oid = given.grantee
    WHERE pronamespace = 'public'::regnamespace
    UNION
    SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', pg_proc.oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM aclexplode(proacl) AS given WHERE given.grantee = 0)
"""

# PostgreSQL shows the number of rows and changes of every table to every role: the public one would see reports arrive.
_SHOWS_ROWS = "has_column_privilege('baraza_public', 'pg_class', 'reltuples', 'SELECT')"
_IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_LIST_COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = 'pg_class'::regclass AND attnum > 0
    AND attname NOT IN ('reltuples', 'relpages', 'relallvisible', 'relallfrozen')
"""
_LIST_COUNTERS = """
    SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (proname ~ '^pg_stat_get_' OR proname ~ '^pg_(relation|table|total_relation|indexes|database)_size$'
         OR proname IN ('pg_current_wal_lsn', 'pg_current_wal_insert_lsn', 'pg_current_wal_flush_lsn'))
    AND has_function_privilege('baraza_public', oid, 'EXECUTE')
"""


class RightsError(UserError):
    """The database roles cannot be made or used; the message is one line for the operator."""


def make_roles(connection: Connection) -> None:
    """Make the missing roles, and let existing ones sign in. Raises RightsError."""
    for role in (APP, PUBLIC):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(_MAKE_ROLE.format(role=role))
        except ProgrammingError:
            raise RightsError(
                f"the database role {role} cannot be made: DATABASE_URL's account needs CREATEROLE, or let somebody"
                f" who has it run: CREATE ROLE {role} LOGIN"
            ) from None


def restore_grants(connection: Connection) -> int:
    """Grant again what was recorded and is missing, as after a restore without the roles.

    Returns the number of statements.
    """
    if not connection.execute(text(_HAS_NOTE)).scalar_one():
        return 0
    noted = set(connection.exec_driver_sql(f"SELECT statement FROM {NOTE}").scalars())
    missing = noted - set(connection.execute(text(_LIST_GRANTS)).scalars())
    for statement in sorted(missing, reverse=True):  # REVOKE before GRANT
        connection.exec_driver_sql(statement)
    return len(missing)


def record_grants(connection: Connection) -> None:
    """Record the grants of the database in itself, for a later restore."""
    connection.exec_driver_sql(_MAKE_NOTE)
    connection.exec_driver_sql(f"DELETE FROM {NOTE}")
    connection.execute(text(f"INSERT INTO {NOTE} {_LIST_GRANTS}"))


def forget_grants(connection: Connection) -> None:
    """Remove the record of the grants, where its tables are gone."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {NOTE}")


def hide_statistics(connection: Connection) -> None:
    """Hide the row counts of every table from the public role. Only a superuser can; for others nothing changes."""
    if not connection.exec_driver_sql(_IS_SUPERUSER).scalar_one():
        return
    if connection.exec_driver_sql(f"SELECT {_SHOWS_ROWS}").scalar_one():
        columns = connection.exec_driver_sql(_LIST_COLUMNS).scalar_one()
        connection.exec_driver_sql("REVOKE SELECT ON pg_class FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT SELECT ({columns}) ON pg_class TO PUBLIC")
        connection.exec_driver_sql("GRANT SELECT ON pg_class TO baraza_app, pg_read_all_stats")
    for function in connection.exec_driver_sql(_LIST_COUNTERS).scalars().all():
        connection.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {function} TO baraza_app, pg_read_all_stats")


def set_password(connection: Connection, role: str, password: str) -> None:
    """Set the password of a role. Server and server log get the SCRAM verifier only. Raises RightsError."""
    link = connection.connection.driver_connection
    assert isinstance(link, PsycopgConnection)  # noqa: S101  # the driver we use, for the type checker
    verifier = link.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD '{verifier}'")
    except ProgrammingError:
        raise RightsError(f"the password of the database role {role} cannot be set by DATABASE_URL's account") from None


def is_usable(url: str) -> bool:
    """Return whether a role can sign in at this URL and read releases. Raises nothing."""
    engine = make_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT FROM release LIMIT 0")
    except DBAPIError:
        return False
    return True
