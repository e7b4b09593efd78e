"""The page that shows an analysis: what it says (page.py), and its skeleton, style and script beside it."""
