"""Responses by retrieval and a network that foresees the words of the reply: it weighs what the index finds."""
