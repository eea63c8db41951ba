"""The console's inbox and webhooks: the count in the header, a secret shown once, deliveries sent again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from sqlmodel import select

from models.documents import Statement, Stream, Verification
from models.money import Money
from models.states import StatementState, VerificationState
from models.tables import (
    IdempotencyRow,
    MemberEventRow,
    MemberRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    real_now,
)
from models.webhooks import CHOICES
from storage.encryption.keyring import load_keyring
from storage.webhooks import deliveries, endpoints
from tests.api.security.test_sign_in import Browser
from tests.api.support.server import Server
from tests.sandbox.box import Box
from tests.storage.studio import NOON, Studio

ADDRESS = "http://127.0.0.1:9/hooks"


@pytest.fixture(scope="module")
def local(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API that lets webhooks go to this machine."""
    extra = {"MONETIZATION_WEBHOOKS_ALLOW_LOCAL": "true"}
    running = Server(issuer[0], tmp_path_factory.mktemp("console"), extra=extra).start()
    yield running
    running.stop()


@pytest.fixture
def studio(local: Server) -> Studio:
    return Studio(local.database)


@pytest.fixture
def browser(local: Server, studio: Studio) -> Iterator[Browser]:
    found = Browser(local)
    found.sign_in(studio.admin.id)
    yield found
    found.http.close()


def page(browser: Browser, path: str) -> str:
    answer = browser.go("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(browser: Browser, path: str, **fields: Any) -> Any:
    return browser.go("POST", path, data={"_key": token_hex(8), **fields})


def test_the_inbox_links_to_what_it_is_about_and_counts_what_is_new(browser: Browser, studio: Studio) -> None:
    base = f"/organizations/{studio.id}"
    assert "unread" not in page(browser, base)
    studio.put(
        Verification(id="verification", state=VerificationState.VERIFIED, since=NOON),
        "verification.verify",
        message="V.",
    )
    statement = Statement(
        id="statement/st_example1", state=StatementState.PENDING_CONFIRMATION, since=NOON, stream=Stream.IAA,
        period_start=NOON.date(), period_end=NOON.date(), net=Money(amount=1),
    )  # fmt: skip
    studio.put(statement, "statement.issue", message="A new statement.")
    header = page(browser, base)
    assert re.search(rf'{base}/inbox">Inbox <span class="badge open">2<', header)
    shown = page(browser, f"{base}/inbox")
    assert f'href="{base}/revenue/statements/st_example1"' in shown and f'href="{base}/verification"' in shown
    newest = re.search(r'name="up_to" value="([0-9]+)"', shown)
    assert newest
    assert post(browser, f"{base}/inbox/read", up_to=newest[1], _page=f"{base}/inbox").status_code == 303
    after = page(browser, f"{base}/inbox")
    assert "unread" not in after and "Mark all as read" not in after


def test_a_secret_is_shown_once_and_deliveries_are_sent_again(
    local: Server, browser: Browser, studio: Studio
) -> None:
    base = f"/organizations/{studio.id}/webhooks"
    offered = re.findall(r'name="events\[\]" value="([a-z_.]+)"', page(browser, base))
    assert tuple(offered) == CHOICES
    made = post(browser, base, url=ADDRESS, **{"events[]": "verification.verified"})
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert made.status_code == 200 and secret and made.headers["cache-control"] == "no-store"
    listed = page(browser, base)
    assert secret[0] not in listed and ADDRESS in listed
    again = post(browser, base, url=ADDRESS)  # another form, not the same one twice
    assert again.status_code == 409 and "registered already" in again.text
    wrong = post(browser, base, url="https://10.0.0.1/")
    assert wrong.status_code == 422 and 'aria-invalid="true"' in wrong.text
    found = re.search(r"whe_[0-9a-z]+", listed)
    assert found
    own = f"{base}/{found[0]}"
    changed = post(browser, f"{own}/rotate-secret")
    other = re.search(r"whsec_[A-Za-z0-9+/=]+", changed.text)
    assert other and other[0] != secret[0] and "stays good until" in changed.text
    studio.put(
        Verification(id="verification", state=VerificationState.VERIFIED, since=NOON), "verification.verify"
    )
    deliveries.enqueue(local.database)
    assert post(browser, f"{own}/test", _page=base).headers["location"] == own
    shown = page(browser, own)
    assert "verification.verified" in shown and "webhook.test" in shown
    replay = re.search(rf'action="({own}/deliveries/[0-9]+/replay)"', shown)
    assert replay and post(browser, replay[1], _page=own).status_code == 303
    assert post(browser, f"{own}/disable", _page=base).status_code == 303
    assert "Enable" in page(browser, base)
    refused = post(browser, replay[1], _page=own)
    assert refused.status_code == 409 and "enable it first" in refused.text
    assert post(browser, f"{own}/enable", _page=base).status_code == 303
    assert post(browser, f"{own}/remove", _page=base).status_code == 303
    assert ADDRESS not in page(browser, base)
    assert browser.go("GET", own).status_code == 404


def test_a_form_sent_twice_makes_one_secret(local: Server, browser: Browser, studio: Studio) -> None:
    keys, hooks = (f"/organizations/{studio.id}/{name}" for name in ("api-keys", "webhooks"))
    token, secret = r"mk_[\w-]{43}", r"whsec_[\w+/=]+"
    first, second = (post(browser, keys, _key="k1", name="Nightly", **{"scopes[]": "read"}) for _ in "ab")
    assert first.status_code == 200 and re.search(token, first.text)
    assert second.status_code == 409 and "done, once" in second.text and not re.search(token, second.text)
    assert second.text.count("/revoke") == 1
    assert re.search(token, post(browser, keys, _key="k2", name="Nightly", **{"scopes[]": "read"}).text)

    made, again = (post(browser, hooks, _key="k3", url=ADDRESS) for _ in "ab")
    assert re.search(secret, made.text) and again.status_code == 409 and "done, once" in again.text
    found = re.search(r"whe_[0-9a-z]+", made.text)
    assert found
    rotate = f"{hooks}/{found[0]}/rotate-secret"
    new, double = (post(browser, rotate, _key="k4") for _ in "ab")
    assert re.search(secret, new.text) and double.status_code == 409 and not re.search(secret, double.text)
    with local.database.reading() as session:
        row = session.get(WebhookEndpointRow, found[0])
        assert row is not None
        live = endpoints.secrets_of(session, load_keyring("", local.state_dir), row)
    shown = [re.search(secret, page.text) for page in (new, made)]
    assert live == [one[0] for one in shown if one], "the secret before still counts"


def test_two_at_once_make_one_key(local: Server, studio: Studio) -> None:
    admin, path = local.person(studio.admin.id), f"/v1/organizations/{studio.id}/api-keys"
    body = {"name": "Nightly", "scopes": ["read"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: admin.try_post(path, body, key="same"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(admin.get(path)) == 1


def test_what_was_missed_is_sent_again_from_a_moment_on(browser: Browser, studio: Studio) -> None:
    base = f"/organizations/{studio.id}/webhooks"
    studio.put(
        Verification(id="verification", state=VerificationState.VERIFIED, since=NOON), "verification.verify"
    )
    found = re.search(r"whe_[0-9a-z]+", post(browser, base, url=ADDRESS).text)
    assert found
    own = f"{base}/{found[0]}"
    assert "Nothing yet." in page(browser, own) and 'type="datetime-local"' in page(browser, own)
    since = (real_now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    sent = post(browser, f"{own}/replay", since=since, _page=own)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{own}?again=1")
    shown = page(browser, f"{own}?again=1")
    assert "1 event is sent once more" in shown and "verification.verified" in shown
    for wrong in ("", "yesterday", "2026-02-30T10:00", "9999-12-31T23:59+23:59", '"><b>'):
        refused = post(browser, f"{own}/replay", since=wrong, _page=own)
        assert refused.status_code == 422 and 'id="since-error"' in refused.text, wrong
    assert post(browser, f"{own}/disable", _page=base).status_code == 303
    assert 'name="since"' not in page(browser, own)
    assert post(browser, f"{own}/replay", since=since, _page=own).status_code == 409


def told(studio: Studio) -> list[str]:
    """What the audit record says of members, invitations, keys and endpoints."""
    with studio.database.reading() as session:
        query = select(MemberEventRow).where(MemberEventRow.organization_id == studio.id)
        return [row.change for row in session.exec(query)]


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[0]


def test_whatever_is_sent_twice_is_done_once_and_then_is_done(browser: Browser, studio: Studio) -> None:
    """Each form of the console that gives no command and makes no secret."""
    base = f"/organizations/{studio.id}"
    hooks, people, keys = f"{base}/webhooks", f"{base}/members", f"{base}/api-keys"
    endpoint = found(r"whe_[0-9a-z]+", post(browser, hooks, _key="m1", url=ADDRESS).text)
    key = found(r"key_[0-9A-Za-z]+", post(browser, keys, _key="m2", name="N", **{"scopes[]": "read"}).text)
    mate, leaver = studio.member.id, f"{studio.id}-eve"
    with studio.database.transaction() as session:
        session.add(MemberRow(organization_id=studio.id, subject=leaver, role="member", name="Eve"))

    def twice(path: str, **fields: Any) -> list[str]:
        """What the second time adds to the audit record."""
        form = {"_key": f"twice/{path[-60:]}", "_page": base, **fields}
        first = post(browser, path, **form)
        after = told(studio)
        second = post(browser, path, **form)
        assert [(a.status_code, a.headers.get("location")) for a in (first, second)] == [
            (303, first.headers["location"])
        ] * 2, (path, second.text)
        return told(studio)[len(after) :]

    invite = {"email": "zoe@tiny.example", "role": "member"}
    assert twice(f"{people}/invitations", **invite) == []
    invitation = found(r"ivt_[0-9A-Za-z]+", page(browser, people))
    assert twice(f"{people}/invitations/{invitation}/revoke") == []
    assert twice(f"{people}/role", subject=mate, role="admin") == []
    assert twice(f"{people}/remove", subject=leaver) == []
    assert twice(f"{keys}/{key}/revoke") == []
    for verb in ("test", "disable", "enable", "replay"):
        assert twice(f"{hooks}/{endpoint}/{verb}", since="2026-01-01T00:00") == []
    with studio.database.reading() as session:
        tests = [row for row in session.exec(select(WebhookDeliveryRow).where(
            WebhookDeliveryRow.endpoint_id == endpoint)) if row.type == "webhook.test"]  # fmt: skip
    assert len(tests) == 1, "a test that was sent twice is one test"
    assert twice(f"{hooks}/{endpoint}/remove") == []
    gone = post(browser, f"{hooks}/{endpoint}/remove", _key="another", _page=base)
    assert gone.status_code == 404, "what somebody else has done is told as it is"
    other = post(
        browser, f"{people}/remove", _key=f"twice/{people}/remove"[:66], _page=base, subject="nobody"
    )
    assert other.status_code in (404, 422)


def test_a_form_that_is_still_being_worked_on_waits_for_its_answer(browser: Browser, studio: Studio) -> None:
    """Another process has taken the key and says nothing: the comparison is taken over, not answered by an error."""
    fields = {"since": "2026-01-01", "until": "2026-01-31"}
    file = {"file": ("own.csv", b"order_id,beans\no1,5\n", "text/csv")}
    path = f"/organizations/{studio.id}/revenue/comparisons"

    def send(key: str) -> Any:
        return browser.go("POST", path, data={**fields, "_key": key}, files=file)

    assert send("c1").status_code == 303
    with studio.database.transaction() as session:
        before = session.exec(select(IdempotencyRow).where(IdempotencyRow.key == "c1")).one()
        held = before.model_dump(exclude={"key", "status", "response", "created_at", "holder"})
        session.add(IdempotencyRow(**held, key="c2", holder="dead"))
    answer = send("c2")
    assert answer.status_code == 303, answer.text
    assert send("c2").headers["location"] == answer.headers["location"]
    with studio.database.transaction() as session:
        row = session.exec(select(IdempotencyRow).where(IdempotencyRow.key == "c2")).one()
        row.response = {"id": "cmp_before"}
    empty = browser.go("POST", path, data={**fields, "_key": "c2"})
    assert empty.headers.get("location", "").endswith("/cmp_before"), (
        "it is answered before it is judged again"
    )
