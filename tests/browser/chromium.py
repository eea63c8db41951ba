"""A Chromium to drive: the one on this machine, or one that is installed now. Without any the tests fail."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

LOCK = Path(tempfile.gettempdir()) / f"chromium-of-tests-{os.geteuid()}.lock"

PAUSES = (0, 5, 20)
"""Seconds before each try: a network may be away for a moment."""

HELP = (
    "The browser tests need Chromium, and none could be found or installed. Install one, so that `chromium` or "
    "`google-chrome` is on PATH (Debian, Ubuntu: apt-get install chromium), or let Playwright fetch its own: "
    ".venv/bin/playwright install --with-deps chromium"
)


@cache
def executable() -> str | None:
    """Where Chromium is; ``None`` for the one that Playwright keeps itself.

    One process looks and installs at a time: of the workers of a run that begin with the browser at the same moment,
    a second might be refused by apt, or find a program that is not wholly installed yet.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return found_or_installed()


def found_or_installed() -> str | None:
    if found := on_path():
        return found
    for pause in PAUSES:
        time.sleep(pause)
        if succeeds(sys.executable, "-m", "playwright", "install", "chromium"):
            return None
        if os.geteuid() == 0 and shutil.which("apt-get"):
            succeeds("apt-get", "update")
            succeeds("apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y", "chromium")
        if found := on_path():
            return found
    raise AssertionError(HELP)


def on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=280, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
