"""People: who they are, how they sign in, and what was done by whom."""
