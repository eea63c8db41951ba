"""Nobody is led to another site, by signing in or by a form, however the address is written; and no header is broken."""

import re
from collections.abc import Iterator
from html import unescape
from secrets import token_hex
from urllib.parse import quote, urljoin, urlsplit

import pytest

from models.tables import FileRow
from tests.api.security.test_sign_in import Browser
from tests.api.support.forms import pdf
from tests.api.support.server import Client, Server

ELSEWHERE = (
    "https://evil.example", "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "//evil.example", "///evil.example",
    "////evil.example/x", "/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "\x00//evil.example", "/\r\n/evil.example",
    "/%09/evil.example", "/%2fevil.example", "/%5cevil.example", "/.//evil.example", "/..//evil.example",
    "//evil.example%2f..", "//evil.example:443/", "//user@evil.example", "//{host}@evil.example",
    "//{host}.evil.example", "https:evil.example", "https:/evil.example", "https:\\evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
    "evil.example", ".evil.example", "@evil.example", "?next=//evil.example", "#//evil.example", "//[::1]/",
    "//2130706433/", "ftp://evil.example", "/\u2028/evil.example", "\uff0f\uff0fevil.example",
    "/\u3002evil.example", "//evil\u3002example", "/\r\nLocation: //evil.example", "/\r\nSet-Cookie: x=y", "",
    "/" + "a" * 5000,
)  # fmt: skip


def host_of(location: str, base: str) -> str:
    """Which host a browser goes to (WHATWG URL: blanks at the ends and line breaks go, a backslash is a slash)."""
    told = (
        location.strip("".join(map(chr, range(33))))
        .translate({9: None, 10: None, 13: None})
        .replace("\\", "/")
    )
    return urlsplit(urljoin(base, told)).netloc


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    found = Browser(server)
    found.sign_in("ada")
    yield found
    found.http.close()


@pytest.mark.parametrize("form", ELSEWHERE)
def test_signing_in_and_out_leads_nowhere_else(browser: Browser, server: Server, form: str) -> None:
    ours = urlsplit(server.url).netloc
    target = quote(form.replace("{host}", ours))
    away = browser.go("GET", f"/sign-in?next={target}")
    if away.status_code == 303:
        back = browser.go("GET", browser.at_issuer(away.headers["Location"], "ada"))
        assert back.status_code == 303 and host_of(back.headers["Location"], server.url) == ours
        assert not {"set-cookie2", "x-evil"} & set(back.headers) and "x=y" not in str(back.headers)
    else:
        assert away.status_code == 422
    for path in ("/sign-out", "/sign-in/callback"):
        other = Browser(server)
        out = other.go(
            "POST" if path == "/sign-out" else "GET", f"{path}?next={target}&redirect_uri={target}"
        )
        assert host_of(out.headers.get("Location", "/"), server.url) == ours
        other.http.close()


@pytest.mark.parametrize("form", ELSEWHERE)
def test_a_form_leads_back_to_a_page_of_ours(browser: Browser, organization: str, form: str) -> None:
    base, ours = browser.server.url, urlsplit(browser.server.url).netloc
    page = form.replace("{host}", ours)
    path = f"/organizations/{organization}/inbox/read"
    done = browser.go("POST", path, data={"_key": token_hex(8), "_page": page, "up_to": "1"})
    assert done.status_code in (303, 422) and host_of(done.headers.get("Location", "/"), base) == ours
    kept, browser.cookies["__Host-session"] = browser.cookies["__Host-session"], "gone"
    sent = browser.go("POST", path, data={"_key": token_hex(8), "_page": page, "up_to": "1"})
    browser.cookies["__Host-session"] = kept
    assert sent.status_code in (303, 401, 422) and host_of(sent.headers.get("Location", "/"), base) == ours
    back = re.findall(r'(?:href|action|name="_page" value)="([^"]*)"', sent.text)
    assert all(host_of(unescape(each), base) == ours for each in back)


FILE_NAMES = (
    "a\r\nX-Evil: 1.pdf", 'a"; filename=evil.exe; x=".pdf', "a\x00.pdf", "\u202efdp.exe", "ä\u0085b;*.pdf",
    "%0d%0aX-Evil:1",
)  # fmt: skip


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_a_file_cannot_become_a_header(
    server: Server, ada: Client, organization: str, name: str
) -> None:
    file_id = ada.upload(organization, pdf()).json()["id"]
    with server.database.transaction() as session:
        session.get_one(FileRow, file_id).name = name  # past all that makes names harmless
    answer = ada.call("GET", f"/v1/organizations/{organization}/documents/{file_id}")
    assert answer.status_code == 200 and "x-evil" not in answer.headers
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(name)}"


@pytest.mark.parametrize("name", [name for name in FILE_NAMES if not {"\r", "\x00"} & set(name)])
def test_a_name_sent_as_it_is_becomes_a_harmless_one(ada: Client, organization: str, name: str) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    answer = ada.call(
        "POST",
        f"/v1/organizations/{organization}/documents",
        {"Content-Type": "multipart/form-data; boundary=b"},
        content=head + pdf() + b"\r\n--b--\r\n",
    )
    if answer.status_code == 201:
        kept = answer.json()["name"]
        assert kept.endswith(".pdf") and not set(kept) & set('\r\n\x00";*%\u202e\u0085')
    else:
        assert answer.status_code in (400, 422)


@pytest.mark.parametrize("given", ["a b", "x" * 101, "ä", "<b>", "a;b", "%0d%0aX-Evil: 1"])
def test_a_request_id_that_is_none_is_not_sent_back(server: Server, given: str) -> None:
    answer = server.call("GET", "/healthz", headers={"X-Request-Id": given.encode()})
    assert answer.headers["X-Request-Id"] != given and "x-evil" not in answer.headers
