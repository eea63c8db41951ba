"""Webhooks: everything that happened is told to whoever asked for it, by one relay at a time, until it arrived."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from lifecycle.machines import RULES
from models.documents import Verification
from models.states import VerificationState
from models.tables import (
    MemberEventRow,
    NotificationRow,
    SubmissionRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    real_now,
)
from storage.encryption.keyring import Keyring
from storage.encryption.rotation import keys_in_use, rotate_batch
from storage.webhooks import deliveries as deliveries
from storage.webhooks import endpoints as endpoints
from storage.webhooks.deliveries import RETRIES, PendingDelivery
from tests.storage.studio import NOON, Studio

KEYRING = Keyring({"one": b"1" * 32})
URL = "https://hooks.example.com/monetization"


def make(studio: Studio, *events: str, url: str = URL) -> str:
    with studio.database.transaction() as session:
        row, _ = endpoints.make(session, KEYRING, studio.id, url, list(events), studio.admin.id)
        return row.id


def happen(studio: Studio, event: str = "verify") -> None:
    state = VerificationState(RULES["verification", event][0].target)
    studio.put(Verification(id="verification", state=state, since=NOON), f"verification.{event}")


def claim(studio: Studio, each: int = 10) -> list[PendingDelivery]:
    return deliveries.lease(studio.database, KEYRING, 60, 10, each)


def change(studio: Studio, **values: Any) -> None:
    """Put something into all deliveries, as time would."""
    with studio.database.transaction() as session:
        for row in session.exec(select(WebhookDeliveryRow)):
            for name, value in values.items():
                setattr(row, name, value)


def endpoint(session: Session, endpoint_id: str) -> WebhookEndpointRow:
    return session.get_one(WebhookEndpointRow, endpoint_id)


def test_what_happens_is_told_once_with_ids_and_states_only(studio: Studio) -> None:
    happen(studio, "submit")
    make(studio)
    happen(studio)
    assert deliveries.enqueue(studio.database) == 1
    assert deliveries.enqueue(studio.database) == 0
    [pending] = claim(studio)
    assert json.loads(pending.body) == {
        "id": pending.event_id,
        "type": "verification.verified",
        "timestamp": "2026-01-01T12:00:00Z",
        "data": {
            "organization_id": studio.id,
            "document_id": "verification",
            "state": "verified",
            "revision": 2,
        },
    }
    assert claim(studio) == []


def test_only_what_was_asked_for_is_told(studio: Studio) -> None:
    make(studio, "verification.suspended")
    happen(studio)
    happen(studio, "suspend")
    other = Studio(studio.database)
    happen(other, "suspend")
    deliveries.enqueue(studio.database)
    assert [json.loads(item.body)["data"]["state"] for item in claim(studio)] == ["suspended"]


def test_what_has_no_public_type_is_told_to_nobody_neither_now_nor_later(studio: Studio) -> None:
    began, everything = real_now(), make(studio)
    for event in ("submit", "review_late", "verify", "warn_expiry", "renew"):
        happen(studio, event)
    assert deliveries.enqueue(studio.database) == 5
    assert [json.loads(item.body)["type"] for item in claim(studio)] == ["verification.verified"]
    with studio.database.transaction() as session:
        assert deliveries.replay_since(session, endpoint(session, everything), began) == 1


def test_a_dead_relays_delivery_is_sent_again_as_it_was(studio: Studio) -> None:
    make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    [first] = claim(studio)
    change(studio, claimed_until=real_now() - timedelta(seconds=1))
    assert claim(studio) == [first]


def test_a_failing_try_is_repeated_after_the_standard_times_and_then_given_up(studio: Studio) -> None:
    endpoint_id = make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    for wait in RETRIES:
        [pending] = claim(studio)
        before = real_now()
        deliveries.note_answer(studio.database, pending.id, 503, "http_503", gone=False)
        with studio.database.reading() as session:
            row = session.get_one(WebhookDeliveryRow, pending.id)
        assert row.due_at is not None
        assert timedelta() <= row.due_at - before - wait < timedelta(seconds=5)
        assert claim(studio) == []
        change(studio, due_at=real_now())
    [pending] = claim(studio)
    deliveries.note_answer(studio.database, pending.id, None, "timeout", gone=False)
    with studio.database.reading() as session:
        row = session.get_one(WebhookDeliveryRow, pending.id)
        assert (row.due_at, row.tries, row.code, row.status) == (None, 10, "timeout", None)
        assert endpoint(session, endpoint_id).disabled_because == "failing"
        told = session.exec(select(NotificationRow).where(NotificationRow.kind == "webhook.disable")).one()
    assert "enable it again" in told.text and "example.com" not in told.text


def test_one_event_that_is_never_taken_does_not_disable_an_endpoint_that_takes_others(studio: Studio) -> None:
    endpoint_id = make(studio)
    happen(studio)
    happen(studio, "suspend")
    deliveries.enqueue(studio.database)
    bad, good = claim(studio)
    deliveries.note_answer(studio.database, good.id, 200, "", gone=False)
    change_one(studio, bad.id, tries=len(RETRIES))
    deliveries.note_answer(studio.database, bad.id, 500, "http_500", gone=False)
    with studio.database.reading() as session:
        assert endpoint(session, endpoint_id).disabled_at is None
        assert session.get_one(WebhookDeliveryRow, bad.id).due_at is None


def change_one(studio: Studio, delivery_id: int, **values: Any) -> None:
    with studio.database.transaction() as session:
        row = session.get_one(WebhookDeliveryRow, delivery_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_gone_disables_at_once_and_what_it_missed_can_be_sent_later(studio: Studio) -> None:
    began = real_now()
    endpoint_id = make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    [pending] = claim(studio)
    deliveries.note_answer(studio.database, pending.id, 410, "http_410", gone=True)
    happen(studio, "suspend")
    assert deliveries.enqueue(studio.database) == 0
    with studio.database.transaction() as session:
        endpoints.enable(session, endpoint(session, endpoint_id), "ada")
    assert deliveries.enqueue(studio.database) == 0
    with studio.database.transaction() as session:
        assert deliveries.replay_since(session, endpoint(session, endpoint_id), began) == 2
    again = claim(studio)
    assert again[0].event_id == pending.event_id
    assert len({item.event_id for item in again}) == 2
    assert again[0].body == pending.body


def test_two_workers_who_hear_that_it_is_gone_tell_the_admins_once(studio: Studio) -> None:
    make(studio)
    for number in range(8):
        happen(studio, "suspend" if number % 2 else "reinstate")
    deliveries.enqueue(studio.database)
    items = claim(studio)
    ready = threading.Barrier(len(items))

    def note(item: PendingDelivery) -> None:
        ready.wait()
        deliveries.note_answer(studio.database, item.id, 410, "http_410", gone=True)

    with ThreadPoolExecutor(len(items)) as pool:
        list(pool.map(note, items))
    with studio.database.reading() as session:
        told = select(func.count()).where(NotificationRow.kind == "webhook.disable")
        assert session.exec(told).one() == 1


@pytest.mark.parametrize(("status", "code"), [(200, ""), (503, "http_503")])
@pytest.mark.parametrize("how", ["this one", "all since"])
def test_what_is_asked_for_anew_while_a_try_is_under_way_is_sent_once_more(
    studio: Studio, how: str, status: int, code: str
) -> None:
    endpoint_id = make(studio)
    began = real_now()
    happen(studio)
    deliveries.enqueue(studio.database)
    [pending] = claim(studio)
    with studio.database.transaction() as session:
        if how == "this one":
            assert deliveries.replay(session, endpoint(session, endpoint_id), pending.id)
        else:
            assert deliveries.replay_since(session, endpoint(session, endpoint_id), began) == 1
    deliveries.note_answer(studio.database, pending.id, status, code, gone=False)
    assert [again.id for again in claim(studio)] == [pending.id]
    deliveries.note_answer(studio.database, pending.id, 200, "", gone=False)
    with studio.database.reading() as session:
        row = session.get_one(WebhookDeliveryRow, pending.id)
    assert row.delivered_at and (row.due_at, row.tries, row.code) == (None, 1, "")


def test_a_late_failure_does_not_take_back_that_it_arrived(studio: Studio) -> None:
    make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    [pending] = claim(studio)
    deliveries.note_answer(studio.database, pending.id, 200, "", gone=False)
    deliveries.note_answer(studio.database, pending.id, None, "timeout", gone=False)
    with studio.database.reading() as session:
        row = session.get_one(WebhookDeliveryRow, pending.id)
    assert row.delivered_at and row.due_at is None and row.code == ""


def test_a_test_is_tried_once(studio: Studio) -> None:
    endpoint_id = make(studio)
    with studio.database.transaction() as session:
        deliveries.test(session, endpoint(session, endpoint_id))
    [pending] = claim(studio)
    assert json.loads(pending.body)["type"] == "webhook.test"
    deliveries.note_answer(studio.database, pending.id, 500, "http_500", gone=False)
    change(studio, claimed_until=None)
    assert claim(studio) == []


def test_a_slow_endpoint_takes_nobodys_place(studio: Studio) -> None:
    slow, quick = make(studio), make(studio, url=f"{URL}/2")
    for event in ("verify", "suspend", "reinstate"):
        happen(studio, event)
    deliveries.enqueue(studio.database)
    assert [item.endpoint_id for item in claim(studio, each=1)].count(slow) == 1
    more = deliveries.lease(studio.database, KEYRING, 60, 10, 10, busy={slow})
    assert {item.endpoint_id for item in more} == {quick}


def test_a_disabled_endpoint_is_told_nothing(studio: Studio) -> None:
    endpoint_id = make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    with studio.database.transaction() as session:
        endpoints.disable(session, endpoint(session, endpoint_id), "admin", "ada")
    assert claim(studio) == []
    with studio.database.reading() as session:
        assert (
            session.exec(select(NotificationRow.id).where(NotificationRow.kind == "webhook.disable")).all()
            == []
        )


def test_secrets_are_kept_encrypted_and_the_one_before_is_good_for_a_day(studio: Studio) -> None:
    with studio.database.transaction() as session:
        row, first = endpoints.make(session, KEYRING, studio.id, URL, [], studio.admin.id)
    with studio.database.transaction() as session:
        second = endpoints.rotate(session, KEYRING, endpoint(session, row.id), "ada")
    with studio.database.transaction() as session:
        third = endpoints.rotate(session, KEYRING, endpoint(session, row.id), "ada")
    assert len({first, second, third}) == 3
    with studio.database.transaction() as session:
        kept = endpoint(session, row.id)
        assert endpoints.secrets_of(session, KEYRING, kept) == [third, second]
        [form] = session.exec(select(SubmissionRow)).all()
        for secret in (second, third):
            assert secret.encode() not in form.fields and secret not in kept.model_dump_json()
        kept.previous_until = real_now() - timedelta(seconds=1)
        assert endpoints.secrets_of(session, KEYRING, kept) == [third]


def test_secrets_move_to_a_new_key_with_the_forms(studio: Studio) -> None:
    with studio.database.transaction() as session:
        row, secret = endpoints.make(session, KEYRING, studio.id, URL, [], studio.admin.id)
    both = Keyring({"two": b"2" * 32, **KEYRING.keys})
    with studio.database.transaction() as session:
        assert rotate_batch(session, both, 10) == 1
    with studio.database.reading() as session:
        assert keys_in_use(session) == {"two": 1}
        only_new = Keyring({"two": b"2" * 32})
        assert endpoints.secrets_of(session, only_new, endpoint(session, row.id)) == [secret]


def test_an_endpoint_is_removed_with_all_that_is_kept_of_it(studio: Studio) -> None:
    endpoint_id = make(studio)
    happen(studio)
    deliveries.enqueue(studio.database)
    with studio.database.transaction() as session:
        endpoints.remove(session, endpoint(session, endpoint_id), "ada")
    for table in ("webhook_endpoints", "webhook_deliveries", "submissions"):
        assert studio.count(table) == 0
    with studio.database.reading() as session:
        changes = select(MemberEventRow.change).order_by(col(MemberEventRow.sequence))
        assert session.exec(changes).all()[-2:] == ["webhook_made", "webhook_removed"]


def test_an_address_is_registered_once_and_there_are_only_so_many(studio: Studio) -> None:
    for number in range(endpoints.MOST_ENDPOINTS):
        make(studio, url=f"{URL}/{number}")
    with pytest.raises(endpoints.SameAddress):
        make(studio, url=f"{URL}/0")
    with pytest.raises(endpoints.TooManyEndpoints):
        make(studio, url=f"{URL}/more")


def test_what_is_old_is_forgotten_unless_it_is_still_due(studio: Studio) -> None:
    make(studio)
    happen(studio)
    happen(studio, "suspend")
    deliveries.enqueue(studio.database)
    done, _ = claim(studio)
    deliveries.note_answer(studio.database, done.id, 200, "", gone=False)
    change(studio, made_at=real_now() - deliveries.KEPT_FOR - timedelta(days=1))
    deliveries.prune(studio.database)
    assert studio.count("webhook_deliveries") == 1


def test_nothing_is_left_out_and_nothing_told_twice_while_many_write_and_many_send(studio: Studio) -> None:
    studios = [studio, Studio(studio.database), Studio(studio.database)]
    for one in studios:
        make(one)
    done = threading.Event()
    sent: list[str] = []

    def write(one: Studio) -> None:
        for number in range(40):
            happen(one, "suspend" if number % 2 else "reinstate")

    def relay(_: int) -> None:
        while True:
            last = done.is_set()
            seen = deliveries.enqueue(studio.database)
            mine = claim(studio, each=3)
            for item in mine:
                sent.append(f"{item.organization_id}/{item.event_id}")
                deliveries.note_answer(studio.database, item.id, 200, "", gone=False)
            if last and not seen and not mine:
                return

    with ThreadPoolExecutor(6) as pool:
        relays = [pool.submit(relay, number) for number in range(3)]
        for writing in [pool.submit(write, one) for one in studios]:
            writing.result(timeout=120)
        done.set()
        for running in relays:
            running.result(timeout=120)
    left = deliveries.enqueue(studio.database) or claim(studio)
    assert not left
    assert len(sent) == len(set(sent)) == 120
