"""``make screenshots``: pictures of every page, on a desk and on a phone, light and dark.

``python -m tests.browser.screenshots FOLDER``
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import executable
from tests.browser.money import be_paid
from tests.browser.pages import look_over
from tests.browser.studio import Console, set_up
from tests.cli.runner import upped

SHAPES = {"desktop": (1200, 800), "phone": (360, 740)}


def take(folder: Path) -> None:
    """Play an organization and take its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, sync_playwright() as playwright:
        arguments = ("--policy", "fast", "--seconds-per-day", "0.5")
        with upped(Path(state) / "stack", *arguments) as up:
            browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
            console = Console(up, browser)
            studio = set_up(console)
            be_paid(console, studio)
            for person, name in look_over(console, studio, reduced_motion="reduce"):
                for shape, (width, height) in SHAPES.items():
                    for scheme in ("light", "dark"):
                        person.page.set_viewport_size({"width": width, "height": height})
                        person.page.emulate_media(color_scheme=scheme)
                        path = folder / f"{name}-{shape}-{scheme}.png"
                        person.page.screenshot(path=path, full_page=True)
            browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots"))
