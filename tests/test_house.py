"""What holds for the whole house, and no tool checks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    "workflows", "activities", "relays", "lifecycle", "forms", "models", "config", "storage", "providers", "papers",
    "api", "cli", "sandbox",
)  # fmt: skip
MOST_FILES = 16
BARE_STATE = re.compile(r"\bstate (==|!=|in|not in) \(?\"")


def product() -> list[Path]:
    """The Python files of the product that git knows."""
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if name.endswith(".py")]


def test_no_room_is_too_full_to_hold_in_the_head() -> None:
    folders = [path.parent for path in product()]
    full = {
        str(one.relative_to(ROOT)): folders.count(one)
        for one in set(folders)
        if folders.count(one) > MOST_FILES
    }
    assert not full, "more files side by side than a reader can hold in the head: give them rooms by subject"


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "sandbox"])
def test_a_state_is_compared_by_its_name_and_not_by_a_bare_string(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in product()
        if path.relative_to(ROOT).parts[0] == room
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BARE_STATE.search(line)
    ]
    assert not found, "compare with a member of models/states.py: mypy does not see a misspelt string"
