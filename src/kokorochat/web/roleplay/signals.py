"""What the doors listen to."""

from django.dispatch import Signal

session_changed = Signal()
"""Sent after the commit with `session_id`: something in that session is new. Carries no words.

A new event adds its `number`, so that whoever has it already need not look.
"""

session_settled = Signal()
"""Sent after the commit with `session_id`, once when a session has ended and again when its feedback has come."""

wished_again = Signal()
"""Sent inside the transaction, under the session's lock, with `session_id` and `number`: the counselor wishes that a
message of which it is not known whether it arrived is sent again. The door's rows change with the wish."""

alert_raised = Signal()
"""Sent after the commit with `alert_id`: an administrator is needed. Carries no words."""
