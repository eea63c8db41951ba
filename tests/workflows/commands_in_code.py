"""Every call by which workflow code asks Temporal for something, in order: what a replay must meet again.

Written to ``histories/commands.txt`` together with the recorded histories.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = Path(__file__).parent / "histories" / "commands.txt"

ASKING = frozenset(
    (
        *("execute_activity", "execute_local_activity", "start_activity", "start_local_activity"),
        *("start_child_workflow", "execute_child_workflow", "sleep", "patched"),
        *("deprecate_patch", "continue_as_new", "upsert_search_attributes", "upsert_memo", "wait_condition"),
        *("random", "uuid4", "uuid7", "shield", "create_task", "gather", "wait", "as_completed"),
    )
)
"""Methods that make a command, or decide in which order commands are made."""

MODULES = frozenset(("workflow", "asyncio", "outside"))


def commands_in_code() -> str:
    """One line for each call: its function and its text, by functions' names, so that moving them changes nothing."""
    paths = (
        path
        for path in sorted((ROOT / "workflows").rglob("*.py"))
        if "temporalio.client" not in path.read_text()
    )
    found = sorted((call for path in paths for call in calls_in(path)), key=lambda call: call[0])
    return "".join(f"{function}: {text}\n" for function, text in found)


def lines_of(text: str) -> list[str]:
    """The lines of a list."""
    return text.splitlines()


def calls_in(path: Path) -> Iterator[tuple[str, str]]:
    """The calls of one module, function by function, in the order of the text."""
    for scope in ast.walk(ast.parse(path.read_text())):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in own_nodes(scope):
            if isinstance(node, ast.Call) and asks(node):
                yield scope.name, f"{ast.unparse(node.func)}({wanted(node)})"


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, but for functions inside it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
            yield from own_nodes(node)


def asks(call: ast.Call) -> bool:
    """Whether a call asks Temporal, or the workflow's own loop, for something."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return (name in ASKING and module in MODULES) or (name == "signal" and module != "workflow")
        case ast.Attribute(attr="signal"):
            return True
    return False


def wanted(call: ast.Call) -> str:
    """What is asked for: the first argument, which names it, on one line."""
    return ast.unparse(call.args[0]) if call.args else ""


if __name__ == "__main__":
    WRITTEN.write_text(commands_in_code())
