"""Files that are zip archives inside, such as NPZ files and workbooks: how large they are once unpacked.

Nothing is ever unpacked to disk, so what the members are called leads nowhere.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from latentia.tables.memory import refuse_what_needs

if TYPE_CHECKING:
    from pathlib import Path


def refuse_what_unpacks_large(path: Path) -> None:
    """Raise InputError if the members of an archive would not fit into memory.

    A few kilobytes can unpack to terabytes. What is no archive, or a damaged one, is for its reader to tell.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            needed = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    refuse_what_needs(
        needed,
        f"Unpacking {path.name}",
        "at least",
        "save the table as .parquet or .npy, of which a block of rows at a time is read",
    )
