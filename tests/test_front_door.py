"""The pages by which people come in: what they name is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tools.figures import figures

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for page in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/architecture.md")
    if (ROOT / page).exists()
]
PLACE = re.compile(
    r"`(\w[\w./-]*/|\w[\w./-]*\.(?:py|md|html|toml|lock|yaml|json)|\.editorconfig)(?::([\w.]+))?`"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@cache
def names(path: Path) -> frozenset[str]:
    """The functions, classes and values of a module, and the methods of its classes as ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (
                one.name for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
            )
            found |= {f"{node.name}.{name}" for name in inner}
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES)
def test_each_file_and_function_that_a_page_names_is_there(page: str) -> None:
    named = PLACE.findall((ROOT / page).read_text(encoding="utf-8"))
    assert named or page == "README.md"
    missing = [
        f"{path}:{name}" if name else path
        for path, name in named
        if not (ROOT / path).exists() or (name and name not in names(ROOT / path))
    ]
    assert not missing, f"{page} names what is not there: write where it is now"


@pytest.mark.parametrize("page", PAGES)
def test_each_link_of_a_page_leads_somewhere(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert links and not missing, page


def test_each_room_is_on_the_map() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"migrations"}
    assert not {room for room in rooms if f"`{room}/`" not in page}


def test_each_figure_of_the_page_is_one_that_is_measured() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for name in figures():
        assert f"\n| {name} |" in page, f"docs/architecture.md has no row “{name}”"
