"""From answers to numbers: the files that hold answers, and the metrics."""
