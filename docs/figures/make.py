# ruff: noqa: INP001  a script, not part of a package
"""Make the picture of a report that the README shows.

From the root of the repository, with the package installed and a Chromium or Chrome at hand::

    latentia demo -o latentia-demo
    python docs/figures/make.py latentia-demo/report.html

The picture has the verdict with its evidence, the first findings, and the map; it fades out where
it leaves a part of the page out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT = 1180, 4600  # of the window; the map ends above its lower edge
GROUND = (245, 246, 248)  # of the page, between its sections
FINDINGS, MAP = 330, 610  # how much is shown of these sections
FADE = 70


def main() -> None:
    """Take the page, and put its first parts one below the other."""
    if len(sys.argv) != 2:  # noqa: PLR2004  the script and the page
        sys.exit("usage: python docs/figures/make.py latentia-demo/report.html")
    page = np.asarray(taken(Path(sys.argv[1]).resolve().as_uri()), dtype=float)
    findings, rows = sections(page)[1:3]
    parts = [faded(page[: findings + FINDINGS]), faded(page[rows - 20 : rows + MAP])]
    picture = Image.fromarray(np.vstack(parts).round().astype(np.uint8))
    target = Path(__file__).with_name("report.png")
    picture.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


def taken(address: str) -> Image.Image:
    """Return what a browser window shows at an address."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"No browser was found ({', '.join(BROWSERS)}); install Chromium.")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.png"
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}/profile"]
        command += ["--virtual-time-budget=8000", f"--window-size={WIDTH},{HEIGHT}"]
        subprocess.run(  # noqa: S603  a browser, on a page of our own
            [*command, f"--screenshot={target}", address], check=True, stderr=subprocess.DEVNULL
        )
        with Image.open(target) as image:
            return image.convert("RGB")


def sections(page: np.ndarray) -> list[int]:
    """Return the rows at which the sections of the page begin."""
    shade = np.abs(page - GROUND).max(axis=(1, 2))
    ground = [bool(row < 2) for row in shade]  # noqa: PLR2004
    return [row for row, (before, here) in enumerate(pairwise(ground), start=1) if before and not here]


def faded(part: np.ndarray) -> np.ndarray:
    """Return a part of the page whose lower edge dissolves into the ground."""
    weight = np.ones((len(part), 1, 1))
    weight[-FADE:, 0, 0] = np.linspace(1, 0, FADE)
    return weight * part + (1 - weight) * GROUND


if __name__ == "__main__":
    main()
