"""One file for each published corpus: how its files become dialogues. `corpus/reading.py` lists them."""
