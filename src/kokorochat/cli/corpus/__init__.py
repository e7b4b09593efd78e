"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import check, compare, diff, stats

VERBS = (stats.VERB, check.VERB, compare.VERB, diff.VERB)
