import platform
from pathlib import Path

import numpy as np
import pytest

from latentia.training.returning import give_memory_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the C library of Linux is asked")
def test_memory_that_was_freed_below_what_is_kept_goes_back():
    blocks = [np.ones(8_000) for _ in range(2_000)]  # 128 MB
    last = blocks.pop()  # keeps the end of the heap from shrinking by itself
    full = resident()
    blocks.clear()
    give_memory_back()
    assert resident() < full - 100e6
    assert last.sum() == 8_000


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
