"""What the doors listen to."""

from django.dispatch import Signal

session_changed = Signal()
"""Sent after the commit with `session_id`: something in that session is new. Carries no words.

A new event adds its `number`, so that whoever has it already need not look.
"""

session_settled = Signal()
"""Sent after the commit with `session_id`, once when a session has ended and again when its feedback has come."""

alert_raised = Signal()
"""Sent after the commit with `alert_id`: an administrator is needed. Carries no words."""
