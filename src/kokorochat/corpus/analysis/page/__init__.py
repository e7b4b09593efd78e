"""The page that shows an analysis: what it says (page.py), and the skeleton that other pages are set in, too."""
