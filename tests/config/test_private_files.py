"""What a process makes is for its user alone, and what lay open is closed."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.private_files import close_to_others
from tests.cli.runner import ROOT, environment

MAKES = """
import os, sqlite3
os.umask(0o022)
from config.private_files import keep_files_private
keep_files_private()
os.makedirs("state/deep")
database = sqlite3.connect("state/money.db")
database.execute("PRAGMA journal_mode=WAL")
database.execute("CREATE TABLE t (a)")
database.commit()
open("state/deep/file", "w").close()
import subprocess
subprocess.run(["touch", "state/by-a-child"], check=True)
names = sorted(os.listdir("state"))
assert {"money.db", "money.db-wal", "money.db-shm"} <= set(names), names
for folder, folders, files in os.walk("state"):
    for name in [*folders, *files]:
        path = os.path.join(folder, name)
        assert not os.stat(path).st_mode & 0o077, path
assert not os.stat("state").st_mode & 0o077
"""


@pytest.mark.process
def test_files_folders_databases_and_children_are_private(tmp_path: Path) -> None:
    own = environment() | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", MAKES], cwd=tmp_path, env=own, check=True, timeout=60)


def opened(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "api.log").touch()
    (folder / "money.db").touch()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_what_earlier_releases_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    opened(folder)
    close_to_others(folder, ["logs", "money.db"])
    assert not [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    opened(folder)
    (folder / "letter.txt").touch(mode=0o644)
    (folder / "letter.txt").chmod(0o644)
    (folder / "money.db").unlink()
    (folder / "money.db").symlink_to(folder / "letter.txt")
    close_to_others(folder, ["logs", "money.db"])
    assert (folder / "letter.txt").stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o755
    assert not (folder / "logs" / "api.log").stat().st_mode & 0o077
