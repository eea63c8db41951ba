"""What fields say, for reading."""

from datetime import UTC, date, datetime

import pytest
from babel import Locale
from starlette.requests import Request

from api.console.formatting import (
    READER,
    axis_money,
    capitalized,
    day,
    filled_in,
    locale_of,
    micros,
    money,
    number,
    period,
    tone,
    until,
)
from api.console.wording import rows, said
from lifecycle.machines import MACHINES
from models.mail.console_pages import page_path
from models.money import Money
from words.languages import LOCALES


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "Yes"),
        (False, "No"),
        ("llc_partnership", "LLC, taxed as a partnership"),
        ("sub_405ec9b40x9z2xna19je", "sub_405ec9b40x9z2xna19je"),
        ("Example Games LLC", "Example Games LLC"),
        (Money(amount=120_450), "$1,204.50"),
        ({"amount": 5, "currency": "USD"}, "$0.05"),
        (date(2026, 11, 30), "30 Nov 2026"),
        (["us_eu", "Example"], "Us eu, Example"),
        (30, "30"),
    ],
)
def test_a_field_says_what_it_means(value: object, words: str) -> None:
    token = READER.set(("en_US", datetime(2026, 11, 22, tzinfo=UTC)))
    try:
        assert said(value) == words
    finally:
        READER.reset(token)


def test_a_form_is_read_as_it_was_meant_and_a_number_that_looks_like_a_day_stays_one() -> None:
    form = {
        "number": "2027-03-06",
        "date": "2027-03-06",
        "certificate_expires_on": "2090-01-31",
        "total": {"amount": 58_909, "currency": "USD"},
        "bank": {"virtual": False},
    }
    token = READER.set(("en_US", datetime(2026, 11, 22, tzinfo=UTC)))
    try:
        assert rows(form) == [
            ("Invoice number", "2027-03-06"),
            ("Invoice date", "6 Mar 2027"),
            ("The certificate expires on", "31 Jan 2090"),
            ("Total", "$589.09"),
            ("Bank · Virtual account", "No"),
        ]
    finally:
        READER.reset(token)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 10, 1), date(2026, 10, 15), "1–15 Oct 2026"),
        (date(2026, 10, 16), date(2026, 11, 14), "16 Oct – 14 Nov 2026"),
        (date(2026, 12, 1), date(2027, 1, 14), "1 Dec 2026 – 14 Jan 2027"),
        (date(2026, 10, 1), date(2026, 10, 1), "1 Oct 2026"),
    ],
)
def test_a_period_says_once_what_its_days_have_in_common(start: date, end: date, words: str) -> None:
    assert period(start, end) == words


@pytest.mark.parametrize(
    ("state", "colour"),
    [("active", "good"), ("pending_confirmation", "yours"), ("in_review", "open"), ("declined", "bad")],
)
def test_a_colour_says_whose_turn_it_is(state: str, colour: str) -> None:
    assert tone(state) == colour


@pytest.mark.parametrize("machine", MACHINES)
def test_every_kind_of_document_has_a_page(machine: str) -> None:
    assert page_path("", f"{machine}/one/iaa"), f"models/mail/console_pages.py: `page_path` of {machine}"


def test_what_was_filled_in_is_what_was_typed() -> None:
    form = {
        "name": "file_ the name",
        "certificate_file_id": "file_1",
        "file_ids": ["file_2", "file_3"],
        "file_id": "file_4",
        "checks": [{"name": "pdf", "result": "passed"}],
        "representative": {"full_name": "Ada", "proof_of_representation_file_id": "file_5"},
        "profile_id": "p1",
        "languages": ["en", "de"],
    }
    assert filled_in(form) == {
        "name": "file_ the name",
        "representative": {"full_name": "Ada"},
        "profile_id": "p1",
        "languages": ["en", "de"],
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de_DE"),
        ("fr", "fr_FR"),
        ("pt-BR", "pt_BR"),
        ("ja", "ja_JP"),
        ("zh-Hant-TW", "zh_TW"),
        ("zh-Hans-CN,zh;q=0.9", "zh_CN"),
        ("es-419", "es_MX"),
        ("de-LI", "de_DE"),
        ("nn-NO", "nb_NO"),
        ("en-GB,en;q=0.5", "en_GB"),
        ("en;q=0.3, fr-FR;q=0.8", "fr_FR"),
        ("EN-in", "en_IN"),
        ("xx-YY, de;q=0", "en_US"),
        ("tlh, ko;q=0.1", "ko_KR"),
        ("", "en_US"),
        ("*", "en_US"),
        (";;;,,,q=1, de;q=nonsense", "en_US"),
    ],
)
def test_numbers_are_written_as_the_browser_asks(asked: str, code: str) -> None:
    request = Request({"type": "http", "headers": [(b"accept-language", asked.encode())]})
    assert locale_of(request) == code


def test_all_known_conventions_can_be_read() -> None:
    assert [str(Locale.parse(code)).split("_")[0] for code in LOCALES] == [code[:2] for code in LOCALES]


def test_amounts_follow_the_reader_and_words_stay_english() -> None:
    present = datetime(2026, 11, 22, tzinfo=UTC)
    token = READER.set(("es_ES", present))
    try:
        assert money(Money(amount=120_450)) == "1.204,50\xa0US$" and number(12_345) == "12.345"
        assert day(date(2026, 5, 30)) == "30 May 2026"
        assert until(datetime(2026, 11, 25, tzinfo=UTC)) == "in 3 days"
    finally:
        READER.reset(token)


def test_a_language_that_is_offered_is_that_of_days_and_spans() -> None:
    token = READER.set(("de_AT", datetime(2026, 11, 22, tzinfo=UTC)))
    try:
        assert day(date(2026, 5, 30)) == "30. Mai 2026"
        assert micros(-1_500_000) == "-$\xa01,500000" and axis_money(2_550) == "$\xa025,5"
        assert capitalized(until(datetime(2026, 11, 25, tzinfo=UTC))) == "In 3 Tagen"
    finally:
        READER.reset(token)
