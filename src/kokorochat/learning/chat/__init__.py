"""Both tasks asked of a chat model: what it will cost, the asking, and what it did cost."""
