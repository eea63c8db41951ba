"""Kills or stops a process at a named place in its code; Python imports this at its start where `PYTHONPATH` has it.

`FAILPOINTS` names the places, separated by blanks: `module:name:before:nth` or `…:after:nth` kills (SIGKILL) before or
after the nth call of `name` (a function, or `Class.method`) of a module; with `:stop` behind it, it stops there (SIGSTOP)
until somebody lets it go on. Each place does so once: `FAILPOINT_MARKS` is a folder in which it leaves a mark. The code
itself is not changed, so that what is killed is what is shipped.
"""

import functools
import importlib.abc
import importlib.util
import inspect
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

POINTS = [point.split(":") for point in os.environ.get("FAILPOINTS", "").split()]


def kill_once(point: Sequence[str], calls: list[int]) -> None:
    """Die, or stop, at the nth call, unless somebody has done so there before."""
    calls[0] += 1
    mark = Path(os.environ["FAILPOINT_MARKS"]) / "-".join(point)
    if calls[0] >= int(point[3]) and not mark.exists():
        mark.touch()
        # Sent to the process, a stop would let this thread run on until another one has got round to it.
        signal.pthread_kill(
            threading.get_ident(), signal.SIGSTOP if point[4:] == ["stop"] else signal.SIGKILL
        )


def deadly(function: Any, point: Sequence[str]) -> Any:
    """The same function, that kills its process before or after it has done its work."""
    calls = [0]

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        if point[2] == "before":
            kill_once(point, calls)
        result = function(*arguments, **named)
        if point[2] == "after":
            kill_once(point, calls)
        return result

    @functools.wraps(function)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        if point[2] == "before":
            kill_once(point, calls)
        result = await function(*arguments, **named)
        if point[2] == "after":
            kill_once(point, calls)
        return result

    return awaited if inspect.iscoroutinefunction(function) else called


class Finder(importlib.abc.MetaPathFinder):
    """Finds the named modules as ever, and puts the places into them once they are there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        mine = [point for point in POINTS if point[0] == name]
        if not mine:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            for point in mine:
                *owners, attribute = point[1].split(".")
                owner: Any = functools.reduce(getattr, owners, module)
                setattr(owner, attribute, deadly(getattr(owner, attribute), point))

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if POINTS:
    sys.meta_path.insert(0, Finder())
