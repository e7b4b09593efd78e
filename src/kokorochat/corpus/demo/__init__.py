"""The demo corpus: synthetic role-plays of the project's own writing, in the published shape."""

from pathlib import Path

DEMO_CORPUS = Path(__file__).parent
