"""KokoroChat: a platform, a corpus toolkit, models and evaluation for counseling role-plays."""

from importlib.metadata import version

__version__ = version("kokorochat")
