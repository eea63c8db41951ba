"""Figures about the code itself: ``python -m tools.figures`` prints them as the table in ``docs/architecture.md``."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = (
    "workflows", "activities", "relays", "lifecycle", "forms", "words", "models", "config", "storage", "providers", "papers",
    "mails", "api", "cli", "worker.py", "starter.py",
)  # fmt: skip
"""What runs in production; the sandbox, migrations, benchmarks, tools and tests come on top."""

BARE_STATE = re.compile(r"\bstate (==|!=|in|not in) \(?\"")
LONG = 40
"""Lines of a function, its signature and docstring included, beyond which it counts as long."""


def python_files(*rooms: str) -> list[Path]:
    """The Python files below some folders that git knows."""
    listed = subprocess.run(["git", "ls-files", *rooms], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if name.endswith(".py")]


def lines(files: Iterable[Path]) -> int:
    """How many lines files have, blank ones, comments and docstrings included."""
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def matches(pattern: str | re.Pattern[str], files: Iterable[Path]) -> int:
    """How often a pattern occurs in files."""
    return sum(len(re.findall(pattern, file.read_text(encoding="utf-8"))) for file in files)


def function_lengths(files: Iterable[Path]) -> list[int]:
    """The lines of each function."""
    return [
        node.end_lineno - node.lineno + 1
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno
    ]


def figures() -> dict[str, str]:
    """Each figure by its name."""
    product = python_files(*PRODUCT)
    ((largest, most),) = Counter(file.parent for file in product).most_common(1)
    lengths = function_lengths(product)
    long = sum(length > LONG for length in lengths)
    return {
        "Lines of the product": f"{lines(product):,}",
        "Lines of its tests": f"{lines(python_files('tests')):,}",
        "Files in the largest folder": f"{most} (`{largest.relative_to(ROOT)}/`)",
        "`Any` in `lifecycle/`": str(matches(r"(?m)^(?!.*import).*\bAny\b", python_files("lifecycle"))),
        "Comparisons of a state with a bare string": str(matches(BARE_STATE, product)),
        f"Functions over {LONG} lines": f"{long} of {len(lengths):,} ({100 * long / len(lengths):.1f} %)",
    }


if __name__ == "__main__":
    for name, figure in figures().items():
        print(f"| {name} | {figure} |")
