"""What holds for the whole house, and no tool checks."""

import pytest

from tools.figures import BARE_STATE, PRODUCT, ROOT, python_files

MOST_FILES = 15


def test_no_room_is_too_full_to_hold_in_the_head() -> None:
    folders = [path.parent for path in python_files(*PRODUCT, "sandbox")]
    full = {
        str(one.relative_to(ROOT)): folders.count(one)
        for one in set(folders)
        if folders.count(one) > MOST_FILES
    }
    assert not full, "more files side by side than a reader can hold in the head: give them rooms by subject"


@pytest.mark.parametrize("room", PRODUCT)
def test_a_state_is_compared_by_its_name_and_not_by_a_bare_string(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in python_files(room)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BARE_STATE.search(line)
    ]
    assert not found, "compare with a member of models/states.py: mypy does not see a misspelt string"
