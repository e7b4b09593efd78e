"""Claims: `corpus stats` takes at most four times as long as decoding the same files with msgspec, `corpus check` five.

The floor reads and decodes every file to plain objects, in a process of its own like the commands; all are run in
turn, and the median of the ratios counts.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from kokorochat.corpus.reading import find_corpus

FLOOR = """
import sys
from pathlib import Path
import msgspec
decode = msgspec.json.Decoder().decode
for name in sys.stdin.read().split("\\n"):
    decode(Path(name).read_bytes())
"""


def seconds(command: list[str], given: str = "") -> float:
    """Wall time of one process, from start to exit."""
    start = time.perf_counter()
    subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


COMMANDS = {"stats": 4, "check": 5}
"""How many times as long as the floor each verb of `corpus` may take."""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/data/kokorochat"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = "\n".join(str(file) for file in find_corpus(options.corpus).files)
    ours = {
        verb: [sys.executable, "-m", "kokorochat", "corpus", verb, str(options.corpus), "--json"] for verb in COMMANDS
    }
    floor = [sys.executable, "-c", FLOOR]
    seconds(floor, names)  # the files come into the system's cache before anything counts
    rounds = [
        {"floor": seconds(floor, names), **{verb: seconds(ours[verb]) for verb in COMMANDS}}
        for _ in range(options.rounds)
    ]
    ratios = {verb: statistics.median(times[verb] / times["floor"] for times in rounds) for verb in COMMANDS}
    document = {
        "measured": [
            {
                "command": f"corpus {verb}",
                "files": len(names.splitlines()),
                "seconds": statistics.median(times[verb] for times in rounds),
                "ratio": ratios[verb],
                "claim": most,
            }
            for verb, most in COMMANDS.items()
        ],
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        "against": {"what": "msgspec decode", "seconds": statistics.median(times["floor"] for times in rounds)},
        "ratio": ratios["stats"],
    }
    if options.json:
        print(json.dumps(document, indent=2))
        return
    print(f"msgspec decode {document['against']['seconds']:.2f} s")
    for row in document["measured"]:
        print(f"{row['command']} {row['seconds']:.2f} s, ratio {row['ratio']:.2f} (claim: at most {row['claim']})")


if __name__ == "__main__":
    main()
