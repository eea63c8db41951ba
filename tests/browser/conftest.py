"""One installation and one browser for all that is tested at the console, and one organization that has been set up."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import executable
from tests.browser.filled import Filled, filled
from tests.browser.money import be_paid
from tests.browser.studio import Console, Studio, set_up
from tests.cli.runner import upped

expect.set_options(timeout=90_000)  # milliseconds; however busy the machine is


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Not for the whole session: Playwright keeps an event loop running, which other tests could not bear.
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="package")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    state_dir = tmp_path_factory.mktemp("console") / "stack"
    with upped(state_dir, "--policy", "fast", "--seconds-per-day", "0.75") as up:
        yield Console(up, browser)


@pytest.fixture(scope="package")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The console over a database that was filled by hand; there is no Temporal, so nothing can be commanded."""
    with filled(tmp_path_factory.mktemp("filled")) as running:
        yield running


@pytest.fixture(scope="package")
def studio(console: Console) -> Studio:
    """An organization of Ada and Bo whose game may be released."""
    return set_up(console)


@pytest.fixture(scope="package")
def paid(console: Console, studio: Studio) -> Studio:
    """The same organization, once it was paid."""
    be_paid(console, studio)
    return studio
