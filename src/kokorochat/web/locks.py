"""In which order rows are locked, so that no two requests or workers ever wait for each other.

Whoever needs several takes them in this order, and none of an earlier kind after one of a later kind:

1. a LINE account
2. what LINE has brought (`InboundEvent`), link codes, and the account whose link a code takes away: whoever comes from
   an account that is somebody's takes no code
3. the session; of several, in the order of their keys
4. the session's LINE relay
5. its messages for LINE (`Outgoing`), in the order of their keys, then reply tokens
6. notices of feedback; what is added for one over LINE takes the account after it, and nobody the other way round
7. what hangs on a session or a person: alerts, notes, sign-in links
8. the head of the audit trail, last: everybody needs it

A transaction that deals with several things, each with its audit row, is divided into one for each. A row that is added
for a LINE account belongs to the account's lock as well: a link that is made or taken away changes the account's key.
"""

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

_Row = TypeVar("_Row", bound=Model)


def hold(rows: QuerySet[_Row], *, skip: bool = False) -> QuerySet[_Row]:
    """These rows, locked until the transaction ends.

    The lock keeps out whoever would change them, and lets rows be added that refer to them: PostgreSQL looks at what a
    new row refers to when it is committed, and would wait there for a stronger lock, in an order that nobody chooses.

    Args:
        skip: leave out what somebody else holds. SQLite has one lock for all, so nothing is left out there.
    """
    skip = skip and connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=skip)
