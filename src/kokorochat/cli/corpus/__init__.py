"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import check, compare, diff, split, stats

VERBS = (stats.VERB, check.VERB, compare.VERB, diff.VERB, split.VERB)
