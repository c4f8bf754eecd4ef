"""What a worker gives up before it looks at anything from outside."""

from __future__ import annotations

import resource


def give_up_rights(memory_mb: int, *, file_bytes: int = 0, files: int = 3) -> None:
    """Allocate at most `memory_mb`, write at most `file_bytes` to a file, open no more than `files`."""
    for limit, most in (
        (resource.RLIMIT_AS, memory_mb * 2**20),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, files),
    ):
        resource.setrlimit(limit, (most, most))


def allow_cpu(seconds: int) -> None:
    """Let the kernel end this process `seconds` of computing from now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, hard))
