"""PDFs: accessible, the same each time, and nothing that people wrote becomes markup."""

import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from models.money import Money
from papers.pdf import can_show, typeset, without_glyph
from papers.remittance import ending
from papers.statement import statement_pdf
from tests.papers.examples import (
    DIGEST,
    LINES,
    all_of_them,
    contract,
    invoice,
    invoiced,
    remittance,
    statement,
)
from tests.sandbox.box import ROOT

PRINT_HASHES = (
    "import hashlib, json; from tests.papers.examples import all_of_them;"
    "print(json.dumps({name: hashlib.sha256(made).hexdigest() for name, made in all_of_them().items()}))"
)


def read(made: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(made))
    return reader, " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def tags(node: Any) -> list[str]:
    """The structure of a tagged PDF, tag by tag."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for item in node for tag in tags(item)]
    if not isinstance(node, dict):
        return []
    own = [node["/S"]] if "/S" in node else []
    return own + (tags(node["/K"]) if "/K" in node else [])


@pytest.mark.parametrize("name", ["statement", "invoice", "remittance", "contract"])
def test_a_pdf_can_be_read_aloud(name: str) -> None:
    reader, _ = read(all_of_them()[f"{name}.pdf"])
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None and reader.metadata.title
    structure = tags(root["/StructTreeRoot"])
    assert "/H1" in structure or "/H" in structure
    if name != "contract":
        assert structure.count("/TH") >= 2 and structure.count("/TD") >= 2
    assert reader.xmp_metadata is not None
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp and "<pdfaid:part>2</pdfaid:part>" in xmp


@pytest.mark.process
def test_the_same_data_gives_the_same_bytes_in_another_process() -> None:
    here = {name: hashlib.sha256(made).hexdigest() for name, made in all_of_them().items()}
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", PRINT_HASHES], cwd=ROOT, env=environment, capture_output=True, check=True
        )
        assert json.loads(done.stdout) == here


def test_a_statement_says_how_gross_becomes_net() -> None:
    _, text = read(statement_pdf(statement()))
    for said in (
        "Statement, 1–28 February 2026",
        "Example Games GmbH",
        "both days included, UTC",
        "12,345.67",
        "−123.00",
        "−3,666.80",
        "13.00",
        "−12.34",
        "USD 8,556.53",
        "30.00 % of the part earned in the US, USD 41.13",
        "12,345.671234",
        "Example Racer",
        "Carried forward from 2026-01-01 to 2026-01-31",
        DIGEST,
    ):
        assert said in text, said
    assert "void" not in text and "the last of this stream" not in text


def test_a_replaced_statement_says_that_it_is_void() -> None:
    _, text = read(statement_pdf(statement(replaced_by="st_newer", final=True)))
    assert "This statement is void: st_newer took its place." in text
    assert "the last of this stream" in text


def test_a_long_statement_runs_over_pages_and_leaves_no_line_out() -> None:
    lines = [LINES[0].model_copy(update={"position": n + 1, "game_name": f"Game-{n}-"}) for n in range(500)]
    reader, text = read(statement_pdf(statement(lines=lines)))
    assert len(reader.pages) > 10
    assert all(f"Game-{n}-" in text for n in range(500))
    assert f"page {len(reader.pages)} of {len(reader.pages)}" in text


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x") *bold* _it_ $x$ <label> @ref // comment',
        '"; #import "layout.typ": data',
        "= Heading\n- item",
        "\\u{41} ` ``` ~ --- [x](y) </script>",
        "x" * 200,
        "W" * 200,
    ],
)
def test_what_people_wrote_is_shown_as_it_is(name: str) -> None:
    _, text = read(statement_pdf(statement(organization_name=name)))
    assert "".join(name.split()) in text.replace(" ", "")


@pytest.mark.parametrize("name", ["例の会社", "😀 Games", "a\x01b", "\ue000", "한국", "👩‍👩‍👧"])
def test_characters_without_a_glyph_are_marked_and_do_not_stop_a_paper(name: str) -> None:
    _, text = read(statement_pdf(statement(organization_name=f"Studio {name}")))
    assert "Studio" in text and "□" in text
    assert "stands for a character that the fonts of this paper do not have" in text


def test_scripts_that_the_fonts_have_are_shown() -> None:
    _, text = read(statement_pdf(statement(organization_name="Żółw Игры Παιχνίδια Émile")))
    assert "Żółw Игры Παιχνίδια Émile" in text and "□" not in text
    assert can_show("é") and not can_show("例")


@pytest.mark.parametrize(
    "characters",
    [
        "".join(map(chr, range(0x4E00, 0x4E00 + 400))),
        "".join(map(chr, range(0xE000, 0xE000 + 400))),
        "".join(map(chr, range(0x1F300, 0x1F300 + 400))),
        "".join(map(chr, range(0x0900, 0x0900 + 100))) + "\u0947\u093e",
        "\x01\x02\ue000\U0010ffff",
        "abc é ñ",
    ],
)
def test_however_many_characters_have_no_glyph_typst_is_asked_a_few_times(
    characters: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    compiling = typst.compile

    def counting(*given: Any, **named: Any) -> Any:
        asked.append(str(given))
        return compiling(*given, **named)

    monkeypatch.setattr(typst, "compile", counting)
    found = without_glyph(characters)
    assert len(asked) <= 12
    some = sorted(set(characters) - {" "})[:: max(1, len(characters) // 20)]
    assert {c for c in some if c not in found} == {c for c in some if can_show(c)}


def test_a_paper_full_of_characters_without_a_glyph_is_made_in_a_few_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    compiling = typst.compile

    def counting(*given: Any, **named: Any) -> Any:
        asked.append(str(given))
        return compiling(*given, **named)

    monkeypatch.setattr(typst, "compile", counting)
    name = "Studio " + "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    _, text = read(statement_pdf(statement(organization_name=name)))
    assert text.count("□") >= 400 and len(asked) <= 5


def test_a_name_cannot_turn_its_own_letters_round() -> None:
    _, text = read(statement_pdf(statement(organization_name="abc\u202egnp.exe\u2066")))
    assert "abcgnp.exe" in text


def test_a_mistake_in_a_template_is_no_missing_glyph() -> None:
    with pytest.raises(RuntimeError, match="does not contain key"):
        typeset("invoice.typ", {"number": "1"})


def test_an_invoice_adds_up_its_statements() -> None:
    reader, text = read(invoice())
    assert reader.metadata is not None and reader.metadata.title == "Invoice SB-000042"
    for said in ("SB-000042", "2026-03-20", "USD 2,469.13", "1,234.56", "1,234.57", "••6789", "st_1"):
        assert said in text, said
    with pytest.raises(ValueError, match="at least one"):
        invoice(statements=[])
    other = invoiced(1)[0].model_copy(update={"net": Money(amount=1, currency="EUR")})
    with pytest.raises(ValueError, match="cannot add EUR to USD"):
        invoice(statements=[*invoiced(1), other])


@pytest.mark.parametrize("number", ["#1001", "№ 12", "СЧ-12/3", "F‑2026‑7", "*_`$[x]#", "=1+1", "<b>1</b>"])
def test_a_remittance_names_the_invoice_as_its_writer_numbered_it(number: str) -> None:
    _, text = read(remittance(invoice_number=number))
    assert f"Invoice {number} of" in text


def test_a_remittance_shows_the_end_of_the_account_only() -> None:
    _, text = read(remittance())
    for said in ("2026-17", "payout/inv_example/2", "account ending in 6789", "USD 2,469.13", "2026-04-08"):
        assert said in text, said
    assert ending("DE00123456786789") == "6789" and ending("1234567") == "" and ending("") == ""


def test_a_contract_shows_its_text_and_who_signed_it() -> None:
    _, text = read(contract())
    for said in (
        "The first of them.",
        "1. One. That is one.",
        "Ada Example",
        "Managing director",
        "Signed electronically on 2026-01-02 03:04 UTC",
        "Counter-signed on 2026-01-04 10:00 UTC",
        DIGEST,
    ):
        assert said in text, said
    assert "Not counter-signed yet" in read(contract(countersigned_at=None))[1]


def test_a_paper_bears_the_day_that_it_is_of() -> None:
    reader, _ = read(invoice(dated=date(2026, 5, 6)))
    assert reader.metadata is not None and reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == date(2026, 5, 6)
