"""A person's profile: how they want to be spoken to, and which mails they get."""

import re

import pytest

from tests.api.security.test_sign_in import Browser
from tests.api.support.server import Client, Server

PROFILE = "/v1/me/profile"


def test_who_has_chosen_nothing_is_spoken_to_in_the_usual_way(ada: Client) -> None:
    assert ada.get(PROFILE) == {
        "language": "",
        "time_zone": "UTC",
        "theme": "auto",
        "mail": {"your_turn": "at_once", "money": "at_once", "progress": "at_once", "reminder": "digest"},
    }


def test_what_somebody_chooses_is_theirs_alone(server: Server) -> None:
    zoe, bob = server.person("zoe-profile"), server.person("bob-profile")
    chosen = {"language": "zh-CN", "time_zone": "Asia/Shanghai", "mail": {"money": "digest"}}
    answer = zoe.call("PUT", PROFILE, json=chosen)
    assert answer.status_code == 200, answer.text
    assert zoe.get(PROFILE)["mail"]["money"] == "digest" and zoe.get(PROFILE)["time_zone"] == "Asia/Shanghai"
    assert bob.get(PROFILE)["mail"]["money"] == "at_once"


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"mail": {"security": "inbox"}},
        {"mail": {"money": "never"}},
        {"theme": "sepia"},
        {"language": "english please"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_chosen_is_refused_and_says_what_can(ada: Client, wrong: dict[str, object]) -> None:
    answer = ada.call("PUT", PROFILE, json=wrong)
    assert answer.status_code == 422 and answer.json()["errors"][0]["detail"]


def test_the_console_has_it_as_a_form_and_is_dark_when_somebody_wants_it_so(server: Server) -> None:
    browser = Browser(server)
    browser.sign_in("dora-profile")
    page = browser.go("GET", "/profile").text
    assert 'value="UTC" selected' in page and "data-theme" not in page
    chosen = {"time_zone": "Europe/Berlin", "theme": "dark", "mail.money": "inbox"}
    answer = browser.go("POST", "/profile", data=chosen)
    assert answer.status_code == 303
    page = browser.go("GET", "/profile").text
    assert 'data-theme="dark"' in page and 'value="Europe/Berlin" selected' in page
    assert 'value="inbox" selected' in page
    browser.http.close()


def test_the_form_of_the_console_keeps_the_language_that_was_chosen_elsewhere(server: Server) -> None:
    lena, browser = server.person("lena-profile"), Browser(server)
    assert lena.call("PUT", PROFILE, json={"language": "pt-BR"}).status_code == 200
    browser.sign_in("lena-profile")
    form = re.search(r'<option value="([^"]*)" selected>português', browser.go("GET", "/profile").text)
    assert form
    answer = browser.go("POST", "/profile", data={"language": form[1], "theme": "light"})
    assert answer.status_code == 303
    assert lena.get(PROFILE)["language"] == "pt-BR" and lena.get(PROFILE)["theme"] == "light"
    browser.http.close()


def test_the_console_speaks_the_language_of_the_profile_before_that_of_the_browser(server: Server) -> None:
    browser = Browser(server)
    browser.sign_in("mei-profile")
    swedish = browser.go("GET", "/profile", headers={"Accept-Language": "sv-SE"}).text
    assert '<html lang="en" dir="ltr">' in swedish and ">Profile</h1>" in swedish
    chinese = browser.go("GET", "/profile", headers={"Accept-Language": "zh-Hans-CN,zh;q=0.9,en;q=0.8"}).text
    assert '<html lang="zh-CN" dir="ltr">' in chinese and ">个人设置</h1>" in chinese

    page = browser.go("GET", "/profile").text
    assert '<option value="zh-CN">简体中文</option>' in page and '<option value="en">English</option>' in page
    assert '<option value="de">Deutsch</option>' in page
    assert browser.go("POST", "/profile", data={"language": "zh-CN"}).status_code == 303
    chosen = browser.go("GET", "/profile", headers={"Accept-Language": "en-US"}).text
    assert '<html lang="zh-CN"' in chosen and '<option value="zh-CN" selected>简体中文</option>' in chosen
    lost = browser.go("GET", "/organizations/org_nowhere", headers={"Accept": "text/html"}).text
    assert ">未找到</h1>" in lost
    browser.http.close()
