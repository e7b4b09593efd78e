"""LINE as the client's door: a chat with the official account carries their side of a talk (docs/line.md)."""
