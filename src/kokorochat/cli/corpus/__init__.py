"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import check, diff, stats

VERBS = (stats.VERB, check.VERB, diff.VERB)
