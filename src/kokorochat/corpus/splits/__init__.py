"""Dividing a corpus into parts to learn from and to measure on: the paper's two splits, and what keeps them apart."""
