"""What a table larger than memory costs: resident memory, rows per second, and error on held-out rows.

    python benchmarks/streaming.py [--rows 2000000] [--columns 400] [--folder FOLDER]

Makes Parquet files (6.4 GB of float64 by default) whose rows are sorted by one of the hidden variables
behind them, the worst case for a shuffle that sees a part of the table at a time. Then

1. a process of its own trains on all files, and its resident memory is written down twice a second;
2. the first files, which fit into memory, train from disk and from memory in turns: rows per second,
   without the first epoch, which compiles, and the error on held-out rows after equally many passes
   over the same training rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
from measuring import keep, show
from pyarrow import parquet
from scipy.stats import norm

import latentia
from latentia import Autoencoder
from latentia.tables.splits import HashedSplit

HIDDEN, FILES, ROWS_PER_GROUP = 5, 16, 12_500
SECONDS_BETWEEN = 0.5


def make(folder: Path, n_rows: int, n_columns: int) -> None:
    """Write the files, one after the other; the first hidden variable grows from row to row."""
    weights = np.random.default_rng(0).normal(size=(2, HIDDEN, n_columns))
    names = [f"x{at}" for at in range(n_columns)]
    for at in range(FILES):
        path = folder / f"part-{at:02d}.parquet"
        if path.exists():
            continue
        generator, size = np.random.default_rng([1, at]), n_rows // FILES
        hidden = generator.normal(size=(size, HIDDEN))
        hidden[:, 0] = norm.ppf((at + np.sort(generator.uniform(size=size))) / FILES)
        rows = np.tanh(hidden @ weights[0]) + 0.3 * hidden @ weights[1]
        rows += 0.3 * generator.normal(size=rows.shape)
        table = pa.table(dict(zip(names, rows.T, strict=True)))
        parquet.write_table(
            table, path, row_group_size=ROWS_PER_GROUP, compression="none", use_dictionary=False
        )


def model(epochs: int) -> Autoencoder:
    """Return what is fitted: default settings but for the number of passes."""
    return Autoencoder(HIDDEN, max_epochs=epochs, patience=None, random_state=0)


class Clock:
    """Remembers when epochs ended."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, epoch: latentia.Epoch) -> None:
        """Write down when it ended."""
        self.seconds.append(epoch.seconds)

    @property
    def per_epoch(self) -> float:
        """Seconds of an epoch, without the first one."""
        return (self.seconds[-1] - self.seconds[0]) / max(len(self.seconds) - 1, 1)


def watched(command: list[str]) -> tuple[list[tuple[float, float]], str]:
    """Run a process; return its resident memory over time, in MiB, and what it printed."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    curve: list[tuple[float, float]] = []

    def look() -> None:
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            except OSError:
                return
            resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
            if resident:
                curve.append((round(time.perf_counter() - begun, 1), round(int(resident[0]) / 1024, 1)))
            time.sleep(SECONDS_BETWEEN)

    looking = threading.Thread(target=look)
    looking.start()
    printed, _ = process.communicate()
    looking.join()
    if process.returncode:
        raise SystemExit(f"The process that trains ended with {process.returncode}.")
    return curve, printed


def large(folder: Path, epochs: int) -> None:
    """Train on all files, and print how that went."""
    clock, begun = Clock(), time.perf_counter()
    fitted = model(epochs).fit(latentia.scan_table(folder), callbacks=clock)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "seconds_per_epoch": clock.per_epoch,
                "training_rows": fitted.trained_.split.n_training,
                "held_out_loss": fitted.history_["val_loss"].tolist(),
            }
        )
    )


def in_turns(folder: Path, n_files: int, epochs: int, rounds: int) -> dict[str, object]:
    """Train on the first files from disk and from memory, several times."""
    files = sorted(folder.glob("*.parquet"))[:n_files]
    rows = np.concatenate(
        [np.column_stack([column.to_numpy() for column in parquet.read_table(file)]) for file in files]
    )
    split = HashedSplit(len(rows), model(epochs).validation_fraction, 0)
    inside, outside = rows[split.training], rows[split.held_out]
    rates: dict[str, list[float]] = {"disk": [], "memory": []}
    errors: dict[str, float] = {}
    for _ in range(rounds):
        for name, found in rates.items():
            clock = Clock()
            if name == "disk":
                fitted = model(epochs).fit(latentia.scan_table(files), callbacks=clock)
                names = list(fitted.feature_names_in_)
                judged = pa.table(dict(zip(names, outside.T, strict=True)))
            else:
                fitted, judged = model(epochs).fit(inside, validation=outside, callbacks=clock), outside
            found.append(len(inside) / clock.per_epoch)
            errors[name] = 1 - fitted.score(judged)
    ratio = median(disk / memory for disk, memory in zip(rates["disk"], rates["memory"], strict=True))
    return {
        "rows": len(rows),
        "rows_per_second": rates,
        "throughput_ratio": ratio,
        "held_out_error": errors,
        "held_out_error_ratio": errors["disk"] / errors["memory"],
    }


def main() -> None:
    """Make the files, train, print a table, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--columns", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--part", type=int, default=1, help="files that fit into memory")
    parser.add_argument("--part-epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made and kept")
    parser.add_argument("--only-train", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_train:
        large(asked.folder, asked.epochs)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = asked.folder or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, asked.rows, asked.columns)
        own = [
            sys.executable,
            __file__,
            "--only-train",
            "--folder",
            str(folder),
            "--epochs",
            str(asked.epochs),
        ]
        curve, printed = watched(own)
        part = in_turns(folder, asked.part, asked.part_epochs, asked.rounds)
        size = sum(file.stat().st_size for file in folder.glob("*.parquet"))
    whole = json.loads(printed) | {
        "rows": asked.rows,
        "columns": asked.columns,
        "file_bytes": size,
        "bytes_as_float64": asked.rows * asked.columns * 8,
        "most_resident_MiB": max(resident for _, resident in curve),
        "seconds_and_resident_MiB": [f"{at} {resident}" for at, resident in curve[:: len(curve) // 60 or 1]],
    }
    keep("streaming", {"whole": whole, "part": part})
    show(
        "A table larger than memory",
        (
            "table as float64 [GB]",
            "most resident memory [MiB]",
            "throughput, disk to memory",
            "error, disk to memory",
        ),
        [
            (
                whole["bytes_as_float64"] / 1e9,
                whole["most_resident_MiB"],
                part["throughput_ratio"],
                part["held_out_error_ratio"],
            )
        ],
    )


if __name__ == "__main__":
    main()
