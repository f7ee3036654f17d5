"""Run benches and print one table: `python -m bench [NAME …]`; `--help` lists them."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench import disk, door, evict, idle, leave, library, listing, load, swap
from bench.report import print_table
from bench.swarm.run import Options, add_options
from bench.swarm.run import run as run_swarm

BENCHES = {
    "disk": disk.run,
    "listing": listing.run,
    "library": library.run,
    "load": load.run,
    "leave": leave.run,
    "door": door.run,
    "idle": idle.run,
    "evict": evict.run,
    "swap": swap.run,
    "swarm": run_swarm,
}


async def main(names: Sequence[str], options: Options) -> None:
    benches = BENCHES | {"swarm": partial(run_swarm, options=options)}
    rows = []
    for name in names:
        print(f"{name} ...", flush=True)
        with tempfile.TemporaryDirectory(prefix="momoshtrem-bench-") as work:
            rows += await benches[name](Path(work))
    print_table(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BENCH", help=f"of {', '.join(BENCHES)}; all")
    add_options(parser.add_argument_group("swarm"))
    given = vars(parser.parse_args())
    names = given.pop("names")
    if unknown := set(names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    asyncio.run(main(names or list(BENCHES), Options(**given)))
