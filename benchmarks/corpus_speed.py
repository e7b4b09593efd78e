"""Claim: `corpus stats` takes at most four times as long as decoding the same files with msgspec.

The floor reads and decodes every file to plain objects, in a process of its own like the command; both are run in
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


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/data/kokorochat"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = "\n".join(str(file) for file in find_corpus(options.corpus).files)
    ours = [sys.executable, "-m", "kokorochat", "corpus", "stats", str(options.corpus), "--json"]
    floor = [sys.executable, "-c", FLOOR]
    seconds(floor, names)  # the files come into the system's cache before anything counts
    pairs = [(seconds(ours), seconds(floor, names)) for _ in range(options.rounds)]
    document = {
        "measured": {
            "command": "corpus stats",
            "files": len(names.splitlines()),
            "seconds": statistics.median(pair[0] for pair in pairs),
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        },
        "against": {"what": "msgspec decode", "seconds": statistics.median(pair[1] for pair in pairs)},
        "ratio": statistics.median(pair[0] / pair[1] for pair in pairs),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        print(
            f"corpus stats {document['measured']['seconds']:.2f} s, "
            f"msgspec decode {document['against']['seconds']:.2f} s, "
            f"ratio {document['ratio']:.2f} (claim: at most 4)"
        )


if __name__ == "__main__":
    main()
