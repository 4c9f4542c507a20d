"""Disks of a size that a test chooses."""

import subprocess

from .suite import Skip


class mounted:
    """A small file system of its own on a folder."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def __enter__(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.folder)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip(f"mounting is not permitted here: {done.stderr.strip()}")

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
