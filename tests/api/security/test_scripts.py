"""What people wrote stays text: no page makes an element of it, wherever it came from and whichever page shows it.

Pages are found by following links, as an admin and as the platform's staff; then every form on them is sent with a script
in each of its fields, and every address asked for with one in its query.
"""

import asyncio
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx2
import pytest

from tests.api.support.scripted import HERE, SCRIPT, SHOWN, browsing

MOST_PAGES = 250
LEADS = ("href", "src", "action", "formaction", "data", "poster", "background", "xlink:href", "srcdoc")


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with what stands in them."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Seen(HTMLParser):
    """What a browser makes of a page: the elements that must not be there, its words, its links and its forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.words = ""
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        self.words += " ".join(has.values())
        source = urlsplit(has.get("src", "")).path
        if "evil" in tag or (tag == "script" and not source.startswith("/static/")):
            self.wrong.append(f"<{tag} {has}>")
        self.wrong += [f"{tag} {name}={value}" for name, value in has.items() if name.startswith("on")]
        for name in LEADS:
            if has.get(name, "").strip().lower().startswith(("javascript:", "data:", "vbscript:")):
                self.wrong.append(f"{tag} {name}={has[name]}")
        if tag == "base" or (tag == "meta" and "http-equiv" in has) or "style" in has or "srcdoc" in has:
            self.wrong.append(f"<{tag} {has}>")
        if tag == "a" and has.get("href"):
            self.links.append(has["href"])
        if tag == "form" and has.get("method") == "post":
            self.forms.append(Form(has.get("action", "")))
        if tag in ("input", "select", "textarea", "button") and has.get("name") and self.forms:
            self.forms[-1].fields.setdefault(has["name"], has.get("value", ""))

    def handle_data(self, data: str) -> None:
        self.words += data


@dataclass
class Crawl:
    """What was seen by whom."""

    who: str
    pages: dict[str, Seen] = field(default_factory=dict)
    forms: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self, where: str, answer: httpx2.Response) -> Seen | None:
        """Look at an answer; ``None`` when it is no page."""
        self.wrong += [f"{where}: {name} of theirs" for name in answer.headers if "evil" in name]
        if "evil" in answer.headers.get("location", "").partition("?")[0]:
            self.wrong.append(f"{where}: leads to {answer.headers['location']}")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return None
        policy = answer.headers["content-security-policy"]
        if "script-src 'self';" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
            self.wrong.append(f"{where}: {policy}")
        seen = Seen(answer.text)
        self.wrong += [f"{where}: {one}" for one in seen.wrong]
        if answer.status_code == 500:
            self.wrong.append(f"{where}: {answer.status_code}")
        return seen


async def follow(client: httpx2.AsyncClient, crawl: Crawl, starts: list[str]) -> None:
    """Every page that links lead to; one of each kind of query."""
    waiting = list(starts)
    while waiting and len(crawl.pages) < MOST_PAGES:
        path = waiting.pop(0)
        plain = urlsplit(path)
        known = f"{plain.path}?{'&'.join(sorted(part.partition('=')[0] for part in plain.query.split('&')))}"
        if known in crawl.pages or plain.path.startswith(("/v1/", "/sign-")):
            continue
        answer = await client.get(path)
        seen = crawl.look(path, answer)
        if seen is None:
            continue
        crawl.pages[known] = seen
        found = (urljoin(HERE + path, link) for link in seen.links)
        waiting += [link.removeprefix(HERE) for link in found if link.startswith(f"{HERE}/")]


async def post_all(client: httpx2.AsyncClient, crawl: Crawl) -> int:
    """Send each form of each page with scripts in it, once for each address; how many."""
    sent: set[str] = set()
    for known, seen in list(crawl.pages.items()):
        page = known.partition("?")[0]
        for form in seen.forms:
            action = urlsplit(urljoin(HERE + page, form.action or page)).path
            if action in sent or action.startswith("/sign-out"):
                continue
            sent.add(action)
            fields = {name: SCRIPT for name in form.fields if name not in ("_key", "action")}
            fields |= {"_page": page, "action": "verification.suspend"}
            more = {**fields, f"x{SCRIPT}": SCRIPT, "days": SCRIPT}
            name = f"{SCRIPT}.pdf"
            files: list[tuple[dict[str, str], dict[str, Any]]] = [
                (fields, {}), (more, {}), (fields, {"x": ("", b"")}), (more, {"file_id": (name, b"no")}),
                (fields, {"certificate_file_id": (name, b"no")}),
            ]  # fmt: skip
            for number, (typed, chosen) in enumerate(files):
                answer = await client.post(action, data=typed, files=chosen or None)
                crawl.look(f"POST {action}, {number}", answer)
    return len(sent)


async def ask_all(client: httpx2.AsyncClient, crawl: Crawl, pages: set[str]) -> None:
    """Ask for pages with scripts in their query, their address and what a browser says of itself."""
    script = quote(SCRIPT)
    names = (
        "text",
        "machine",
        "state",
        "country",
        "done",
        "parked",
        "after",
        "kind",
        "by",
        "start",
        "again",
        script,
    )
    query = "&".join(f"{name}={script}" for name in names)
    said = {name: SCRIPT for name in ("User-Agent", "Referer", "X-Request-Id", "Accept-Language")}
    for page in sorted(pages):
        for kind, path in enumerate((f"{page}?{query}", f"{page}?decided={script}", f"{page}/{script}")):
            crawl.look(f"{page}, {kind}", await client.get(path, headers=said))


async def look_everywhere(folder: Path) -> list[Crawl]:
    async with browsing(folder) as (clients, organization_id):
        own, case = f"/organizations/{organization_id}", f"/operators/cases/{organization_id}"
        starts = {
            "admin": [
                own,
                "/organizations",
                f"{own}/revenue/metrics?by=placement",
                f"{own}/revenue/metrics?by=region&x=x",
            ],
            "staff": [
                "/operators",
                *(f"{case}/{name}" for name in ("verification", "qualification", "payout_account")),
            ],
        }
        crawls, asked = [Crawl(who) for who in clients], set[str]()
        for crawl in crawls:
            await follow(clients[crawl.who], crawl, starts[crawl.who])
            crawl.forms = await post_all(clients[crawl.who], crawl)
            pages = {known.partition("?")[0] for known in crawl.pages}
            await ask_all(clients[crawl.who], crawl, pages - asked)
            asked |= pages
        return crawls


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> list[Crawl]:
    return asyncio.run(look_everywhere(tmp_path_factory.mktemp("scripts")))


def test_no_page_makes_an_element_of_what_somebody_wrote(crawls: list[Crawl]) -> None:
    for crawl in crawls:
        print(f"{crawl.who}: {len(crawl.pages)} pages, {crawl.forms} forms")
        assert not crawl.wrong, f"{len(crawl.wrong)}:\n" + "\n".join(crawl.wrong[:20])
        assert len(crawl.pages) > 15 and crawl.forms > 3


def test_all_that_somebody_wrote_was_looked_at(crawls: list[Crawl]) -> None:
    seen = " ".join(page.words for crawl in crawls for page in crawl.pages.values())
    assert not [what for what in SHOWN if what + SCRIPT[:20] not in seen]
