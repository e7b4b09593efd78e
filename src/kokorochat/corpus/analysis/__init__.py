"""What a corpus shows: the figures and tables of the paper's §4, for any corpus that can be read."""
