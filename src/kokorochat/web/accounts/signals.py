"""What the doors listen to."""

from django.dispatch import Signal

signed_out = Signal()
"""Sent with `person_id` when a sign-in of theirs has ended, or may have: whoever holds one open looks."""
