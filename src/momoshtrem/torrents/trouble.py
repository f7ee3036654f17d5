"""What is wrong when the disk of the cache does not take bytes, and what to do about it."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = "is full: free some of it, or lower cache.max_size"
DENIED = "may not be written: give the user that runs the server the right to write there"
BROKEN = "does not work ({}): check the disk"
TOO_MANY = "cannot be opened, too many files are open: raise the limit of the process (`ulimit -n`)"

CAUSES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: "is read-only: mount it for writing, or choose another data_dir",
    errno.EACCES: DENIED,
    errno.EPERM: DENIED,
    errno.EFBIG: "takes no file so large: use another file system, or raise the limit of the process",
    errno.EMFILE: TOO_MANY,
    errno.ENFILE: TOO_MANY,
}


def explain(number: int, path: Path, reason: str) -> str:
    """A sentence for an error (`errno`) below `path`; `reason` is how the system calls it."""
    return f"The cache {path} {CAUSES.get(number, BROKEN.format(reason))}. Then play it again."
