"""Tables that stay on disk and are read one block at a time.

- `store`: what every such table can do, and what one file has
- `parquet`, `arrow`, `npy`, `text`, `matrix_file`: one file of each format
- `promotion`: one type for a column that several files store differently
- `agreement`: what the files of one table must have in common
- `joining`: rows that were read apart, put together again
- `several`: several files as one table
- `finding`: the files that a path, a folder, a pattern or a list stands for
- `fetching`: a copy of a file at an address that can only be read whole
- `opening`: the door: `open_store`
"""

from latentia.tables.stores.opening import open_store
from latentia.tables.stores.store import Store

__all__ = ["Store", "open_store"]
