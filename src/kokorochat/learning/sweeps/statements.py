"""The ledger in PostgreSQL: its two tables, and the statements on their rows."""

TABLES = """
CREATE TABLE IF NOT EXISTS kokorochat_sweeps (
    name text PRIMARY KEY, definition text NOT NULL, begun timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS kokorochat_sweep_cells (
    sweep text REFERENCES kokorochat_sweeps, cell text, place integer NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'running', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0, worker text, lease_until timestamptz,
    seconds double precision, reason text, documents text, PRIMARY KEY (sweep, cell));
"""

NEW_SWEEP = "INSERT INTO kokorochat_sweeps (name, definition) VALUES (%s, %s) ON CONFLICT DO NOTHING"
NEW_CELL = "INSERT INTO kokorochat_sweep_cells (sweep, cell, place) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
DEFINITION = "SELECT definition FROM kokorochat_sweeps WHERE name = %s"

# Of two workers that ask at once, SKIP LOCKED gives each a row of its own.
CLAIM = """
UPDATE kokorochat_sweep_cells SET state = 'running', worker = %(worker)s, attempt = attempt + 1,
    lease_until = now() + make_interval(secs => %(lease)s)
WHERE (sweep, cell) = (
    SELECT sweep, cell FROM kokorochat_sweep_cells
    WHERE sweep = %(sweep)s AND cell <> ALL(%(not)s)
        AND (state = 'open' OR state = 'running' AND lease_until < now())
    ORDER BY place FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING cell, attempt
"""

_ROW = "WHERE sweep = %(sweep)s AND cell = %(cell)s AND attempt = %(attempt)s"
_OURS = f"{_ROW} AND state = 'running'"
RENEW = f"UPDATE kokorochat_sweep_cells SET lease_until = now() + make_interval(secs => %(lease)s) {_OURS}"  # noqa: S608
END = (
    "UPDATE kokorochat_sweep_cells SET state = %(state)s, seconds = %(seconds)s, reason = %(reason)s, "  # noqa: S608
    f"documents = %(documents)s {_ROW} AND state IN ('running', %(state)s)"
)
RELEASE = f"UPDATE kokorochat_sweep_cells SET state = 'open', lease_until = NULL {_OURS}"  # noqa: S608

STANDINGS = """
SELECT cell, CASE WHEN state = 'running' AND lease_until < now() THEN 'open' ELSE state END,
    attempt, worker, seconds, reason, documents
FROM kokorochat_sweep_cells WHERE sweep = %(sweep)s ORDER BY place
"""
UNSETTLED = "SELECT 1 FROM kokorochat_sweep_cells WHERE sweep = %(sweep)s AND state IN ('open', 'running') LIMIT 1"
REOPEN = "UPDATE kokorochat_sweep_cells SET state = 'open' WHERE sweep = %(sweep)s AND state = 'failed'"
