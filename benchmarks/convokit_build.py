"""Claim: the corpus becomes objects in memory at least ten times as fast as ConvoKit makes its own of it.

Both read the same published files and hold every message with its role, time, speaker and place, every dialogue with
its topic and feedback. ConvoKit is given the fastest decoder; its Utterance, Speaker, Conversation and Corpus are made
as its documentation shows. Each side runs in a process and one thread of its own, which times the work from the first
file on; what counts is the time of the processor, so that others on the machine don't.

ConvoKit (with what its import needs) is installed into an environment of its own, kept under the user's cache, never
into this project's; `--convokit-python` names one that is there.
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from kokorochat.corpus.reading import find_corpus

VERSION = "5.0.0"
NEEDS = ("msgspec", "numpy", "pandas", "pymongo", "pyyaml", "requests", "scikit-learn", "scipy", "tqdm")
LEAST = 10

MEASURE = """
import json, resource, sys, time
start, before = time.perf_counter(), time.process_time()
dialogues, messages = build()
json.dump({
    "seconds": time.perf_counter() - start,
    "processor_seconds": time.process_time() - before,
    "dialogues": dialogues,
    "messages": messages,
    "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}, sys.stdout)
"""

OURS = """
import sys
from kokorochat.corpus.reading import find_corpus
def build():
    made = find_corpus(sys.argv[1]).load()
    return len(made), sum(len(dialogue.utterances) for dialogue in made)
"""

THEIRS = """
import sys
from datetime import datetime
from pathlib import Path
import msgspec
from convokit import Corpus, Speaker, Utterance
def build():
    decode = msgspec.json.Decoder().decode
    speakers, utterances, meta = {}, [], {}
    for name in sys.stdin.read().split("\\n"):
        record = decode(Path(name).read_bytes())
        review = record["review_by_client_en"]
        dialogue = str(review["evaluation_id"])
        people = {}
        for role in ("client", "counselor"):
            person = str(review[role + "_id"])
            if person not in speakers:
                speakers[person] = Speaker(id=person)
            people[role] = speakers[person]
        root, before = dialogue + ":0", None
        for index, said in enumerate(record["dialogue"]):
            utterances.append(Utterance(
                id=dialogue + ":" + str(index),
                speaker=people[said["role"]],
                conversation_id=root,
                reply_to=before,
                timestamp=datetime.fromisoformat(said["time"]).timestamp(),
                text=said["utterance"],
                meta={"role": said["role"]},
            ))
            before = utterances[-1].id
        meta[root] = {"topic": record["topic"], "feedback": review}
    corpus = Corpus(utterances=utterances)
    for root, values in meta.items():
        corpus.get_conversation(root).meta.update(values)
    return len(corpus.get_conversation_ids()), len(corpus.get_utterance_ids())
"""


def convokit_python() -> str:
    """An interpreter that has ConvoKit, installed where it was not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "kokorochat" / f"convokit-{VERSION}"
    python = folder / "bin" / "python"
    if not python.exists() or subprocess.run([python, "-c", "import convokit"], capture_output=True).returncode:
        print(f"Installing ConvoKit {VERSION} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for words in (NEEDS, ("--no-deps", f"convokit=={VERSION}")):
            if subprocess.run([*pip, *words], check=False, stdout=sys.stderr).returncode:
                sys.exit(f"ConvoKit {VERSION} could not be installed; name an interpreter by --convokit-python")
    return str(python)


def measured(python: str, script: str, words: list[str], given: str) -> dict[str, Any]:
    """What one side's process says of itself."""
    done = subprocess.run(
        [python, "-c", script + MEASURE, *words], input=given, text=True, check=True, stdout=subprocess.PIPE
    )
    document: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex("{") :])
    return document


def main() -> None:
    """Run and print; exit 1 if the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default="../shared/data/kokorochat")
    parser.add_argument("--convokit-python", metavar="PATH", help="an interpreter that has ConvoKit")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    python = options.convokit_python or convokit_python()
    names = "\n".join(str(file) for file in find_corpus(options.corpus).files)
    measured(sys.executable, OURS, [options.corpus], "")  # the files come into the system's cache
    theirs = measured(python, THEIRS, [], names)
    ours = measured(sys.executable, OURS, [options.corpus], "")
    if (ours["dialogues"], ours["messages"]) != (theirs["dialogues"], theirs["messages"]):
        sys.exit(f"the two did not build the same corpus: {ours} and {theirs}")
    ratio = theirs["processor_seconds"] / ours["processor_seconds"]
    if options.json:
        against = {"what": f"ConvoKit {VERSION}", **theirs}
        print(json.dumps({"measured": ours, "against": against, "ratio": ratio}, indent=2))
    else:
        print(
            f"{ours['dialogues']:,} dialogues in memory: {ours['processor_seconds']:.2f} s and "
            f"{ours['peak_memory_bytes'] / 2**20:.0f} MiB; ConvoKit {VERSION} {theirs['processor_seconds']:.2f} s and "
            f"{theirs['peak_memory_bytes'] / 2**20:.0f} MiB: {ratio:.1f} times as fast (claim: at least {LEAST})"
        )
    sys.exit(ratio < LEAST)


if __name__ == "__main__":
    main()
