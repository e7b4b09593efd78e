"""The validator: what the paper promises of a corpus (§3.3, §4, A.3), and what a reader of it should know.

Each finding has a level: an *error* breaks the format, the order of time or the total's rule; a *warning* breaks one of
the paper's filters or will surprise a reader; *info* is worth knowing. Bad data are reported, never raised.
"""

from kokorochat.corpus.checks.corpus import check_corpus, check_dialogue
from kokorochat.corpus.checks.finding import LEVELS, Finding

__all__ = ["LEVELS", "Finding", "check_corpus", "check_dialogue"]
