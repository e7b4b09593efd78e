"""`corpus check`: the validator."""

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, corpus_path, progress, show


def _corpus_check(options: Options) -> int:
    from kokorochat.corpus.checks import check_corpus
    from kokorochat.corpus.reading import find_corpus

    findings = []
    for finding in progress(check_corpus(find_corpus(options.path)), "findings"):
        findings.append(finding)
        if not options.json and finding.level != "info":
            print(f"{finding.level}: {finding.file} {finding.where}: {finding.message} [{finding.code}]")
    counts = {level: sum(f.level == level for f in findings) for level in ("error", "warning", "info")}
    text = ", ".join(f"{level} {count:,}" for level, count in counts.items())
    show(options, {"findings": [finding.as_dict() for finding in findings], "counts": counts}, text)
    return FAULTS_FOUND if counts["error"] else DONE


VERB = Verb(
    "corpus check", "validate a corpus; --json lists also what is only worth knowing", _corpus_check, corpus_path
)
