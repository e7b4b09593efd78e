"""Claim: `corpus stats` and `corpus check` take time in proportion to the corpus, and no more memory for a larger one.

The corpus is copied 1, 2 and 4 times into one file, as JSON lines and as Parquet, dialogues and people numbered anew.
Each command runs in a process of its own. Then both run on four copies in less memory than the file has bytes (for
Parquet the same rows without compression), held to it by the system.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow.parquet

from kokorochat.corpus.converting import convert
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources import kokorochat
from kokorochat.corpus.sources.source import Entry

COPIES = (1, 2, 4)
VERBS = ("stats", "check")
MOST_TIME, MOST_MEMORY = 1.25, 0.2
"""What four copies may take: of four times the time of one, and in memory of each further byte of JSON lines."""

LIMITS = {"jsonl": 96 * 2**20, "parquet": 208 * 2**20}
"""Bytes that a process may have for its data. Of those for Parquet, the libraries alone take more than half."""

CHILD = """
import resource, sys
from kokorochat.cli import main
limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
code = main(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(used.ru_utime + used.ru_stime, int(peak) * 1024, file=sys.stderr)
sys.exit(code)
"""
# One pool of memory and one thread: what a library sets aside for more would count against the limit.
FRUGAL = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}


def copies(corpus: str, number: int) -> Iterator[Entry]:
    """The corpus so many times, with new numbers for dialogues and people, and first messages that differ."""
    for copy in range(number):
        for entry in find_corpus(corpus).entries():
            dialogue = entry.dialogue
            first, *rest = dialogue.utterances
            ids = [str(int(str(id)) + copy * 10_000) for id in (dialogue.id, dialogue.counselor, dialogue.client)]
            yield replace(
                entry,
                dialogue=replace(
                    dialogue,
                    id=ids[0],
                    counselor=ids[1],
                    client=ids[2],
                    utterances=(replace(first, text=first.text + "。" * copy), *rest),
                ),
            )


@dataclass(frozen=True)
class Growth:
    """What one command took of one container.

    Attributes:
        seconds: of the processor, by the number of copies; `peak_bytes` likewise.
        further_bytes: by which four copies are longer than one as JSON lines.
        limited_file_bytes: the size of the file that was read in `limit` bytes of memory, in `limited_seconds`.
    """

    command: str
    container: str
    seconds: dict[int, float]
    peak_bytes: dict[int, int]
    further_bytes: int
    limit: int
    limited_file_bytes: int
    limited_seconds: float

    @property
    def time(self) -> float:
        """The time of four copies, of four times that of one."""
        return self.seconds[4] / self.seconds[1] / 4

    @property
    def memory(self) -> float:
        """The bytes of memory that each further byte of the corpus takes."""
        return (self.peak_bytes[4] - self.peak_bytes[1]) / self.further_bytes

    def __str__(self) -> str:
        sizes = ", ".join(f"{n} × {self.seconds[n]:.2f} s {self.peak_bytes[n] / 2**20:.0f} MiB" for n in COPIES)
        return (
            f"{self.command}, {self.container}: {sizes}; time {self.time:.2f} of four times, memory {self.memory:.3f} "
            f"of each further byte; {self.limited_file_bytes / 2**20:.0f} MiB in {self.limit / 2**20:.0f} MiB of "
            f"memory: {self.limited_seconds:.2f} s"
        )


def run(verb: str, file: Path, limit: int = 0) -> tuple[float, int]:
    """Seconds of the processor and peak bytes of one process; the findings of a check are no fault here."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(limit), "corpus", verb, str(file), "--json"],
        env=FRUGAL,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"corpus {verb} {file.name} failed: {done.stderr}")
    seconds, peak = done.stderr.split()[-2:]
    return float(seconds), int(peak)


def growth(corpus: str, folder: Path) -> Iterator[Growth]:
    """A row for each container and command."""
    further = 0
    for container, limit in LIMITS.items():
        files = {}
        for number in COPIES:
            out = folder / f"{container}-{number}"
            convert(kokorochat.SOURCE, copies(corpus, number), container, out)
            (files[number],) = out.iterdir()
        large = files[4]
        if container == "jsonl":
            further = files[4].stat().st_size - files[1].stat().st_size
        else:
            large = folder / "uncompressed.parquet"
            _decompress(files[4], large)
        size = large.stat().st_size
        if size <= limit:
            sys.exit(f"{large.name} has {size:,} bytes, no more than the limit of {limit:,}: give a larger corpus")
        for verb in VERBS:
            runs = {number: run(verb, file) for number, file in files.items()}
            yield Growth(
                f"corpus {verb}",
                container,
                {number: runs[number][0] for number in COPIES},
                {number: runs[number][1] for number in COPIES},
                further,
                limit,
                size,
                run(verb, large, limit)[0],
            )


def _decompress(file: Path, out: Path) -> None:
    with (
        pyarrow.parquet.ParquetFile(file) as source,
        pyarrow.parquet.ParquetWriter(out, source.schema_arrow, compression="none") as writer,
    ):
        for group in range(source.num_row_groups):
            writer.write_table(source.read_row_group(group))


def main() -> None:
    """Run and print; exit 1 if the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default="../shared/data/kokorochat")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = list(growth(options.corpus, Path(folder)))
    time, memory = max(row.time for row in rows), max(row.memory for row in rows)
    if options.json:
        measured = [{**asdict(row), "time": row.time, "memory": row.memory} for row in rows]
        against = {"what": "one copy", "most_time": MOST_TIME, "most_memory": MOST_MEMORY}
        print(
            json.dumps({"measured": measured, "against": against, "ratio": {"time": time, "memory": memory}}, indent=2)
        )
    else:
        print(*rows, sep="\n")
        print(f"time {time:.2f} (claim: at most {MOST_TIME}), memory {memory:.3f} (claim: at most {MOST_MEMORY})")
    sys.exit(time > MOST_TIME or memory > MOST_MEMORY)


if __name__ == "__main__":
    main()
