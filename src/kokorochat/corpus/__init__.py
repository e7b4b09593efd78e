"""Dialogues at rest: reading, writing, checking, counting, comparing and splitting a corpus."""
