"""Who writes to the database now, and whether they have ended: for whoever must know that nothing older can still come.

SQLite has one writer at a time, so nobody is ever waited for. On PostgreSQL only transactions of this database count:
its own snapshots go by the oldest one of the whole server, which may be some other program's and last for hours.
"""

from collections.abc import Sequence

from django.db import connection

# Locks tell 32 bits of a transaction's number; the rest is that of the present one, or of its neighbour.
_RUNNING = """
    WITH now AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS newest),
    locked AS (
        SELECT (newest >> 32 << 32) + l.transactionid::text::bigint AS number, newest
        FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) CROSS JOIN now
        WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
        AND coalesce(a.datname = current_database() AND a.backend_type <> 'autovacuum worker', true)
    )
    SELECT pg_current_xact_id_if_assigned() IS NULL,
    coalesce((SELECT array_agg(
        CASE WHEN number - newest > 1::bigint << 31 THEN number - (1::bigint << 32)
        WHEN newest - number > 1::bigint << 31 THEN number + (1::bigint << 32) ELSE number END
    ) FROM locked), '{}')
"""
_ENDED = """
    SELECT coalesce(bool_and(
        pg_visible_in_snapshot(number::text::xid8, pg_current_snapshot())
        AND number::text::xid8 IS DISTINCT FROM pg_current_xact_id_if_assigned()
    ), true) FROM unnest(%s::bigint[]) AS number
"""


def running() -> list[int] | None:
    """The numbers of all transactions that have written and not ended; None inside one that has written itself."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        only_read, numbers = cursor.fetchone()
    return list(numbers) if only_read else None


def have_ended(numbers: Sequence[int]) -> bool:
    """Whether what all of these wrote is seen here and now, or undone."""
    if connection.vendor != "postgresql" or not numbers:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [list(numbers)])
        return bool(cursor.fetchone()[0])
