"""`ordinal:DIR`: the twenty items from what is said, when and by whom; no GPU, and every weight can be looked at."""
