"""How a command ends: its exit code, and what a person is told when something is wrong."""

import os
import sys
from enum import IntEnum
from typing import NoReturn


class Exit(IntEnum):
    """The exit codes of all commands; 2 is a command line that cannot be understood."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_FOUND = 4
    REFUSED = 5
    INTERRUPTED = 130


class CliError(Exception):
    """Something that a person must know, and can do something about.

    Args:
        what: what is wrong, in a sentence.
        fix: what to do about it, in a sentence.
        code: the exit code that it leads to.
    """

    def __init__(self, what: str, fix: str = "", code: Exit = Exit.PROBLEM) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        """Both sentences."""
        return f"{self.what}\n{self.fix}" if self.fix else self.what


def exit_with(code: int) -> NoReturn:
    """End the process here and now, with everything that was written flushed.

    Temporal's SDK may outlive the interpreter and abort it at its end, with exit code 134 (sdk-python
    issue 300); leaving this way keeps the exit code what it is meant to be.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            continue
    os._exit(code)
