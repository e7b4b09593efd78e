"""Responses without a network: what was said at the most similar places of other sessions, and what these agree on."""
