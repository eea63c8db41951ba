"""Every dependency has its reason in docs/decisions/0001-dependencies.md, and nothing stands there that is gone."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_dependency_has_its_reason_and_each_reason_its_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    named = {re.split(r"[<>=]", requirement)[0] for requirement in wanted}
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    listed = {
        name for row in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE) for name in row.split(", ")
    } - {"Package"}
    assert listed == named
