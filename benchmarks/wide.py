"""What wide tables cost: the most memory an analysis and a fit take, beside the table, and their time.

    python benchmarks/wide.py [--rows 2000] [--columns 18456]

Makes a table of counts of five groups, 98 % zeros, some columns constant, as one meets them where genes
are counted in cells, and one of 1,500 rows of numbers, text with 2 to 60 levels, dates and thousands of
gaps. `latentia analyze` and `latentia fit` read them in processes of their own, whose largest resident
memory and time are written down. Everything but the table, JAX and its programs for the most part, takes
about 0.7 GB; the multiple is of what is beyond that.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from measuring import keep, show
from pyarrow import parquet

GROUPS, ROWS_AT_ONCE = 5, 100
BESIDE_THE_TABLE = 0.7e9
MIXED_ROWS, MIXED_COLUMNS, SHARE_OF_GAPS = 1500, 40, 0.03


def counts(path: Path, n_rows: int, n_columns: int) -> int:
    """Write a table of counts; return what it takes as float64."""
    generator = np.random.default_rng(0)
    rates = generator.gamma(0.35, 0.06, n_columns)
    folds = np.exp(
        generator.normal(0, 1.2, (GROUPS, n_columns)) * (generator.random((GROUPS, n_columns)) < 0.15)
    )
    groups, depths = generator.integers(0, GROUPS, n_rows), generator.lognormal(0, 0.35, n_rows)
    made = np.empty((n_rows, n_columns), np.int32)
    for first in range(0, n_rows, ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        means = rates * folds[groups[part]] * depths[part, None]
        made[part] = generator.poisson(means * generator.gamma(2.0, 0.5, means.shape))
    made[:, ::97] = 0
    parquet.write_table(pa.table({f"gene {at}": made[:, at] for at in range(n_columns)}), path)
    return made.size * 8


def mixed(path: Path) -> int:
    """Write a table of numbers, text and dates with gaps; return what its columns take as float64."""
    generator = np.random.default_rng(1)
    hidden = generator.normal(size=(MIXED_ROWS, 3))
    columns: dict[str, Any] = {"id": [f"row-{at:05d}" for at in range(MIXED_ROWS)]}
    for at in range(MIXED_COLUMNS):
        column = hidden @ generator.normal(size=3) + generator.normal(size=MIXED_ROWS)
        levels = int(np.linspace(2, 60, MIXED_COLUMNS)[at])
        rank = np.argsort(np.argsort(hidden @ generator.normal(size=3) + generator.normal(size=MIXED_ROWS)))
        words = [f"level {code}" for code in rank * levels // MIXED_ROWS]
        gaps = generator.random((2, MIXED_ROWS)) < SHARE_OF_GAPS
        columns[f"number {at}"] = pa.array(column, mask=gaps[0])
        columns[f"word {at}"] = pa.array(words, mask=gaps[1])
    days = generator.integers(0, 2000, MIXED_ROWS).astype("datetime64[D]") + 18_000
    parquet.write_table(pa.table({**columns, "day": days}), path)
    return MIXED_ROWS * (2 * MIXED_COLUMNS + 1) * 8


def measured(*words: str) -> tuple[float, int]:
    """Run a command of latentia; return its seconds and its largest resident memory in bytes."""
    begun, most = time.perf_counter(), 0
    command = [sys.executable, "-m", "latentia", *words, "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - this very interpreter
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        except OSError:
            break
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        most = max(most, int(found[1]) * 1024) if found else most
        time.sleep(0.2)
    if process.wait():
        raise SystemExit(f"`latentia {' '.join(words)}` ended with {process.returncode}.")
    return time.perf_counter() - begun, most


def main() -> None:
    """Make the tables, run the commands, print a table and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--columns", type=int, default=18_456)
    asked = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sizes = {
            "counts": counts(folder / "counts.parquet", asked.rows, asked.columns),
            "mixed": mixed(folder / "mixed.parquet"),
        }
        for command, name, out in (
            ("analyze", "counts", "analysis"),
            ("fit", "counts", "model.latentia"),
            ("analyze", "mixed", "mixed"),
        ):
            seconds, most = measured(command, str(folder / f"{name}.parquet"), "-o", str(folder / out))
            runs.append(
                {
                    "command": command,
                    "table": name,
                    "bytes_as_float64": sizes[name],
                    "seconds": seconds,
                    "most_resident_bytes": most,
                    # Of a table of a megabyte, a multiple says nothing.
                    "multiple": (most - BESIDE_THE_TABLE) / sizes[name] if name == "counts" else None,
                }
            )
    keep("wide", {"rows": asked.rows, "columns": asked.columns, "runs": runs})
    show(
        "Wide tables",
        ("command", "table", "as float64 [MB]", "seconds", "most memory [MB]", "multiple beyond 0.7 GB"),
        [
            (
                *(one["command"], one["table"], one["bytes_as_float64"] / 1e6, one["seconds"]),
                *(one["most_resident_bytes"] / 1e6, one["multiple"] or "–"),
            )
            for one in runs
        ],
    )


if __name__ == "__main__":
    main()
