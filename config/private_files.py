"""Files that nobody but this user may read: names, addresses and amounts stand in them."""

import os
from collections.abc import Iterable
from pathlib import Path

FILE, FOLDER = 0o600, 0o700


def keep_files_private() -> None:
    """From now on whatever this process, or one that it starts, makes is for this user alone."""
    os.umask(0o077)


def close_to_others(folder: Path, names: Iterable[str]) -> None:
    """Take from everybody else what earlier releases have left open to them.

    Args:
        folder: closed itself only if nothing but ours is in it, for it may be a folder of the user's.
        names: what of it is ours.
    """
    ours = set(names)
    for name in ours & {path.name for path in folder.iterdir()}:
        top = folder / name
        for path in (top, *(top.rglob("*") if top.is_dir() and not top.is_symlink() else ())):
            if not path.is_symlink():
                path.chmod(FOLDER if path.is_dir() else FILE)
    if all(path.name in ours for path in folder.iterdir()):
        folder.chmod(FOLDER)
