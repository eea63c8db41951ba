"""The words of the console, gathered for whoever translates them."""

import subprocess
import sys
from pathlib import Path

from tests.cli.runner import ROOT

ROOMS = (
    "api",
    "forms",
    "lifecycle",
    "mails",
    "models",
    "providers",
    "relays",
    "storage",
    "words",
    "workflows",
)
SPOKEN = [ROOT / room for room in ROOMS]
LOCALE = ROOT / "words/locale"


def test_the_words_to_translate_are_those_of_the_pages(tmp_path: Path) -> None:
    found = tmp_path / "messages.pot"
    how = (
        "-F",
        LOCALE / "babel.cfg",
        "--no-location",
        "--omit-header",
        "--sort-output",
        "-k",
        "Sentence",
        "-k",
        "say",
        "-o",
        found,
    )
    extract = (sys.executable, "-m", "babel.messages.frontend", "-q", "extract")
    subprocess.run([*extract, *how, "-k", "Sentence", "-k", "say", *SPOKEN], check=True)
    assert found.read_text() == (LOCALE / "messages.pot").read_text(), "Run `make messages`."
