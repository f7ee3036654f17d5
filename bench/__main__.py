"""Run benches and print one table: `python -m bench [disk] [listing] [library] [stream]`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import disk, library, listing, stream
from bench.report import print_table

BENCHES = {"disk": disk.run, "listing": listing.run, "library": library.run, "stream": stream.run}


async def main(names: Sequence[str]) -> None:
    rows = []
    for name in names:
        print(f"{name} ...", flush=True)
        with tempfile.TemporaryDirectory(prefix="momoshtrem-bench-") as work:
            rows += await BENCHES[name](Path(work))
    print_table(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BENCH", help=f"of {', '.join(BENCHES)}; all")
    names = parser.parse_args().names
    if unknown := set(names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    asyncio.run(main(names or list(BENCHES)))
