"""Which language a reader is spoken to in, and how sentences are said in it."""

from datetime import UTC, date, datetime

import pytest

import words
from lifecycle import in_words
from mails.languages import writer
from models.commands import Role
from models.documents import Launch, Statement, Stream
from models.mail.letters import Letter, Recipient, Told
from models.mail.topics import Audience, Profile, Topic
from models.money import Money
from models.states import LaunchState, StatementState
from words.languages import language_of, name_of, negotiate, script_of, voice_by_mail, voice_of
from words.voice import ENGLISH, Names, Period, Sentence

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
STATEMENT = Statement(
    id="st_1",
    state=StatementState.PENDING_CONFIRMATION,
    since=SINCE,
    stream=Stream.IAA,
    period_start=date(2026, 10, 1),
    period_end=date(2026, 10, 15),
    net=Money(amount=42_075),
)
CHINESE, GERMAN = voice_of("zh_CN"), voice_of("de_DE")


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("", "zh", "zh_CN"),
        ("", "zh-Hans", "zh_CN"),
        ("", "zh-Hans-SG", "zh_CN"),
        ("", "zh_CN", "zh_CN"),
        ("", "zh-TW", "zh_TW"),
        ("", "zh-Hant-HK", "zh_HK"),
        ("zh-CN", "en-US", "zh_CN"),
        ("zh", "de-DE", "zh_CN"),
        ("de", "de-AT,de;q=0.9", "de_AT"),
        ("", "de-CH,de;q=0.9,en;q=0.8", "de_CH"),
        ("en", "de-DE,en-GB;q=0.8", "en_GB"),
        ("en", "zh-CN", "en_US"),
        ("tlh", "fr-FR", "fr_FR"),
        ("tlh", "", "en_US"),
    ],
)
def test_the_profile_counts_before_the_browser(chosen: str, accepted: str, code: str) -> None:
    assert negotiate(chosen, accepted) == code


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh_CN", "zh_CN"), ("zh_TW", "en"), ("de_DE", "de"), ("de_CH", "de"), ("en_GB", "en"), ("fr_FR", "en")],
)
def test_words_are_in_a_complete_language_or_in_english(code: str, language: str) -> None:
    assert language_of(code) == language


def test_a_page_says_its_language_and_which_way_it_is_written() -> None:
    assert (script_of("zh_CN").lang, script_of("zh_CN").direction) == ("zh-CN", "ltr")
    assert (script_of("he_IL").lang, script_of("he_IL").direction) == ("he-IL", "rtl")
    assert name_of("de-AT").startswith("Deutsch") and name_of("xx-nonsense") == "xx-nonsense"


def test_what_has_happened_is_said_in_the_readers_language() -> None:
    names = Names(people={"ada": "Ada"}, games={"game_1": "Banana Rush"}, reader="bob")
    said = words.past("statement.confirm", "confirmed", STATEMENT, Role.ADMIN, "ada", names, CHINESE)
    assert said == "Ada确认了应用内广告 2026年10月1日至15日的结算单：US$420.75"
    assert words.state("statement", "confirmed", CHINESE) == "已确认，待开票"
    game = Launch(id="launch/game_1", state=LaunchState.LIVE, since=SINCE, game_id="game_1")
    assert words.title_of(game, names, CHINESE) == "Banana Rush：上线"
    assert in_words.meaning(game, names, CHINESE) == "游戏已上线并产生收益。"
    assert words.title_of(game, names, GERMAN) == "Banana Rush: Veröffentlichung"


@pytest.mark.parametrize(("reader", "who"), [("bob", "Ada hat"), ("ada", "Sie haben")])
def test_a_verb_goes_with_whoever_did_it(reader: str, who: str) -> None:
    names = Names(people={"ada": "Ada"}, reader=reader)
    said = words.past("statement.confirm", "confirmed", STATEMENT, Role.ADMIN, "ada", names, GERMAN)
    assert (
        said
        == f"{who} die Abrechnung für In-App-Werbung, 1.–15. Okt. 2026 bestätigt: 420,75\N{NO-BREAK SPACE}$"
    )


def test_an_english_sentence_can_be_said_in_another_language_later() -> None:
    inner = Sentence("invoice {number}", number="INV-{1}")
    sentence = Sentence("The payout of {invoice} was paid: {amount}", invoice=inner, amount=Money(amount=500))
    assert sentence == "The payout of invoice INV-{1} was paid: $5.00"
    assert CHINESE.say(sentence) == "发票 INV-{1}的付款已支付：US$5.00"
    assert ENGLISH.say(sentence) is sentence
    days = Period(date(2026, 10, 1), date(2026, 10, 15))
    earned = Sentence("The earnings of {period} are on no statement yet.", period=days)
    assert earned == "The earnings of 1–15 October 2026 are on no statement yet."
    assert CHINESE.say(earned) == "2026年10月1日至15日的收益尚未计入结算单。"


@pytest.mark.parametrize(
    ("chosen", "language", "subject"),
    [
        ("zh-CN", "zh-CN", "Example Games: 应用内广告 2026年10月1日至15日的结算单已生成：US$420.75"),
        (
            "de",
            "de",
            "Example Games: Die Abrechnung für In-App-Werbung, 1.–15. Okt. 2026 liegt vor: 420,75\xa0$",
        ),
        ("", "en", "Example Games: The statement for in-app ads, 1–15 October 2026 is ready: $420.75"),
        ("fr", "en", "Example Games: The statement for in-app ads, 1–15 October 2026 is ready: $420.75"),
    ],
)
def test_each_reader_gets_mails_in_their_own_language(chosen: str, language: str, subject: str) -> None:
    told = Told(
        id=1,
        kind="statement.issue",
        document_id="st_1",
        text="A new statement is ready: confirm it, or appeal it.",
        topic=Topic.YOUR_TURN,
        at=SINCE,
        document=STATEMENT,
        until=datetime(2026, 11, 8, tzinfo=UTC),
        then="The statement is confirmed automatically, and can no longer be appealed.",
        to_state=StatementState.PENDING_CONFIRMATION,
    )
    letter = Letter("org_1", "Example Games", Audience.ADMINS, (told,), {}, {}, {})
    author = writer("https://console.example", Recipient("bob", "bob@example.com", Profile(language=chosen)))
    mail = author.letter(letter)
    assert mail.subject == subject and f'<html lang="{language}" dir="ltr">' in mail.html
    if language == "de":
        assert "8. Nov. 2026: Die Abrechnung wird automatisch bestätigt" in mail.text
    if language == "zh-CN":
        assert "2026年11月8日: 结算单将自动确认，之后不能再申诉。" in mail.text
        assert "选择接收哪些邮件" in mail.text and "statement" not in mail.text.replace("/statements/", "")
    paid = {"zh-CN": "已付款", "de": "Bezahlt"}
    assert voice_by_mail(chosen).translate("Paid") == paid.get(language, "Paid")
