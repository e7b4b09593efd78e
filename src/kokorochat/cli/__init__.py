"""The command line: one table of verbs. What a verb needs is imported inside it, so that each starts fast."""

from kokorochat.cli.main import VERBS, main

__all__ = ["VERBS", "main"]
