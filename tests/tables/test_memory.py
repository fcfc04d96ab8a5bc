"""What a process may still take: the least of what machine, group and process leave."""

from __future__ import annotations

import resource

import pytest

from latentia.tables import memory

MEMINFO = "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    8000 kB\n"
KB = 1024


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_SYSTEM", tmp_path)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def write(files):
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)

    return write


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, None),
        ({"proc/meminfo": MEMINFO}, 8000 * KB),
        ({"proc/meminfo": "nothing of use"}, None),
        (
            {
                "proc/meminfo": MEMINFO,
                "sys/fs/cgroup/memory.max": f"{5000 * KB}\n",
                "sys/fs/cgroup/memory.current": f"{4000 * KB}\n",
                "sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {1500 * KB}\n",
            },
            2500 * KB,
        ),
        (
            {"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory.max": "max", "sys/fs/cgroup/memory.current": "5"},
            8000 * KB,
        ),
        (
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "0::/jobs/job_7/step_0\n",
                "sys/fs/cgroup/jobs/job_7/memory.max": f"{3000 * KB}\n",
                "sys/fs/cgroup/jobs/job_7/memory.current": f"{1000 * KB}\n",
            },
            2000 * KB,
        ),
        (
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "12:cpu:/\n9:memory:/job\n",
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{3000 * KB}\n",
                "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{4000 * KB}\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
            },
            0,
        ),
    ],
    ids=["unknown", "machine", "odd", "container", "no limit", "job", "older groups"],
)
def test_the_least_of_what_is_left(system, files, free):
    system(files)
    assert memory.available_memory() == free


def test_a_limit_of_the_process_counts(system, monkeypatch):
    system({"proc/meminfo": MEMINFO, "proc/self/statm": "10 1 1 1 0 1 0"})
    limit = 4000 * KB
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert memory.available_memory() == limit - 10 * resource.getpagesize()


def test_where_nothing_is_known_nothing_is_refused(system):
    system({})
    memory.refuse_beyond_memory(10**9, 10**9, "table")
