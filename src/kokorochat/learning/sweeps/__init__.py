"""Sweeps: a grid of settings over one run file; each cell is trained once, and they are compared by one figure."""
