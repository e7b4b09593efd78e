"""One file for each published corpus: how its files become dialogues."""
