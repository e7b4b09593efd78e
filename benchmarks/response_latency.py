"""Claim: the retrieval responder answers in at most 50 ms on one core, its index built in at most two minutes.

It answers samples of the test part one by one, in one thread. Both the time on the clock and that of the processor are
told: on a machine that others use only the second one is the responder's own.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from kokorochat.learning.models import load_response_model
from kokorochat.tasks.sample import read_samples


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="retrieval:DIR, of `train runs/response-retrieval.toml`")
    parser.add_argument("samples", type=Path, help="of `samples response PATH --part test`")
    parser.add_argument("--every", type=int, default=5, metavar="N", help="ask each Nth sample (5)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    model = load_response_model(options.model)
    loaded = time.perf_counter() - started
    wall, processor = [], []
    for sample in read_samples(options.samples).samples[:: options.every]:
        clock, own = time.perf_counter(), time.process_time()
        model.respond([sample])
        wall.append(1000 * (time.perf_counter() - clock))
        processor.append(1000 * (time.process_time() - own))
    run = json.loads(Path(options.model.partition(":")[2], "run.json").read_bytes())
    document = {
        "answers": len(wall),
        "load_seconds": loaded,
        "milliseconds": {"median": float(np.median(wall)), "p99": float(np.quantile(wall, 0.99))},
        "cpu_milliseconds": {"median": float(np.median(processor)), "p99": float(np.quantile(processor, 0.99))},
        "index_seconds": run["index_seconds"],
        "index_cpu_seconds": run["index_cpu_seconds"],
        "training_peak_memory_bytes": run["peak_memory_bytes"],
        "answering_peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "holds": float(np.median(processor)) <= 50 and run["index_cpu_seconds"] <= 120,
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        took = document["cpu_milliseconds"]
        print(f"{len(wall):,} answers: {took['median']:.1f} ms of processor (median), {took['p99']:.1f} ms (p99)")
        print(f"on the clock: {np.median(wall):.1f} ms (median), {np.quantile(wall, 0.99):.1f} ms (p99)")
        print(f"index: {run['index_seconds']:.0f} s on the clock, {run['index_cpu_seconds']:.0f} s of processor")
    sys.exit(0 if document["holds"] else 1)


if __name__ == "__main__":
    main()
