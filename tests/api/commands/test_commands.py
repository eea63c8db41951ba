"""Commands: from a request to a workflow and back, once, with a reason when it is refused."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from models.identity import organization_workflow_id
from models.tables import SubmissionRow, TransitionRow
from storage.encryption.keyring import load_keyring
from storage.organizations.submissions import read
from tests.api.support.forms import BANK, GAME, PAYOUT_ACCOUNT, QUALIFICATION, VERIFICATION
from tests.api.support.live import Live, Organization, files
from tests.api.support.server import problem
from tests.sandbox.box import eventually

pytestmark = pytest.mark.temporal


def transitions(organization: Organization, action: str) -> list[TransitionRow]:
    with organization.live.server.database.reading() as session:
        query = select(TransitionRow).where(
            TransitionRow.organization_id == organization.id, TransitionRow.action == action
        )
        return list(session.exec(query))


@pytest.fixture(scope="module")
def organization(live: Live) -> Organization:
    """A verified organization with a payout account."""
    return live.organization().payable()


def test_an_organization_is_begun_once(live: Live) -> None:
    grace, key = live.server.person("grace", name="Grace Hopper"), str(uuid.uuid4())
    first = grace.try_post("/v1/organizations", {"name": "Grace's Games"}, key)
    again = grace.try_post("/v1/organizations", {"name": "Grace's Games"}, key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and again.headers["Idempotency-Replayed"] == "true"
    view = first.json()
    assert view["stage"] == "verification" and view["your_role"] == "admin"
    assert "verification" in [action["document_id"] for action in view["next_actions"]]
    problem(grace.try_post("/v1/organizations", {"name": "Other"}, key), 422, "idempotency_key_reused")
    other = live.server.person("heidi").try_post("/v1/organizations", {"name": "Grace's Games"}, key)
    assert other.status_code == 201 and other.json()["id"] != view["id"], "keys belong to their person"


def test_a_form_reaches_the_desk_and_its_decision_comes_back(live: Live) -> None:
    made = live.organization()
    refused = problem(made.try_post("/contracts/iaa/sign", signature(made), match="*"), 409, "not_verified")
    assert refused["detail"]
    made.verified()
    view = made.get("/verification")
    assert view["country"] == "US" and view["expires_on"].startswith("2088-06-30")
    assert [f["content_type"] for f in view["form"]["files"]] == ["application/pdf"]
    said = problem(made.try_post("/verification", VERIFICATION | files(made)), 409, "wrong_state")
    assert {"action": "verification.renew", "document_id": "verification"} in said["allowed_actions"]
    event = made.get("/timeline")["data"][-1]
    assert (event["action"], event["who"]) == ("verification.submit", "Ada")
    assert live.messages(organization_workflow_id(made.id)) == ["verification.submit", "verification.verify"]


def signature(made: Organization, feature: str = "iaa") -> dict[str, Any]:
    contract = made.get(f"/contracts/{feature}")
    return {
        "version": contract["offered_version"],
        "text_sha256": contract["text_sha256"],
        "typed_name": "Ada Lovelace",
        "typed_title": "CEO",
        "accept": True,
    }


def test_information_is_added_to_the_form(live: Live) -> None:
    made = live.organization()
    made.post("/verification", VERIFICATION | files(made))
    reasons = [{"code": "proof_of_address_needed", "detail": "Please send one."}]
    made.reviewed("verification", "verification.request_information", reasons=reasons)
    view = made.becomes("/verification", "information_needed")
    assert view["information_due"] and view["reasons"] == [{**reasons[0], "field": None}]
    made.post("/verification/information", {"explanation": "Here it is.", "file_ids": [made.file()]})
    form = made.get("/verification")["form"]
    assert form["fields"]["information"]["explanation"] == "Here it is."
    assert form["fields"]["legal_name_english"] == VERIFICATION["legal_name_english"]


def test_an_expired_document_is_refused(live: Live) -> None:
    made = live.organization()
    body = VERIFICATION | files(made) | {"certificate_expires_on": "2020-01-31"}
    problem(made.try_post("/verification", body), 409, "document_expires_too_soon")
    assert made.get("/verification")["state"] == "not_started"


def test_the_way_to_a_released_game(live: Live) -> None:
    made = live.organization().verified()
    made.post("/qualification", QUALIFICATION)
    made.reviewed("qualification")
    made.becomes("/qualification", "approved")

    contract = made.get("/contracts/iaa")
    assert "Terms of" in contract["text"] and contract["share_basis_points"] == 3000
    tag = made.admin.etag(f"{made.path}/contracts/iaa")
    wrong = signature(made) | {"text_sha256": "0" * 64}
    found = problem(made.try_post("/contracts/iaa/sign", wrong, match=tag), 422)["errors"]
    assert found[0]["code"] == "text_differs"
    problem(made.try_post("/contracts/iaa/sign", signature(made)), 428)
    problem(made.try_post("/contracts/iaa/sign", signature(made) | {"accept": False}, match=tag), 422)
    assert made.post("/contracts/iaa/sign", signature(made), match=tag)["state"] == "in_review"
    problem(made.try_post("/contracts/iaa/sign", signature(made), match=tag), 412)
    with live.server.database.reading() as session:
        kept = select(SubmissionRow).where(
            SubmissionRow.organization_id == made.id, SubmissionRow.kind == "signature"
        )
        submission_id = session.exec(kept).one().id
        evidence = read(session, load_keyring("", live.server.state_dir), made.id, submission_id).fields
    assert evidence["ip"] == "127.0.0.1" and evidence["signed_by"] == "ada" and evidence["signed_at"]
    made.reviewed("contract/iaa")
    made.becomes("/contracts/iaa", "active")

    game = made.post("/games", GAME)
    path = f"/games/{game['id']}"
    assert made.get("/games")["data"][0]["name"] == GAME["name"]
    problem(made.try_post(f"{path}/launch", {"regions": ["US"]}), 409, "integration_not_passed")
    made.post(f"{path}/integrations/iaa/run")
    made.reviewed(f"integration/{game['id']}/iaa")
    run = made.becomes(f"{path}/integrations/iaa/run", "passed")
    assert {check["result"] for check in run["checks"]} <= {"passed", "not_run"}
    made.post(f"{path}/launch", {"regions": ["US", "JP"]})
    made.reviewed(f"launch/{game['id']}")
    made.becomes(f"{path}/launch", "approved")
    assert made.post(f"{path}/launch/publish")["state"] == "live"
    assert made.get()["stage"] == "earning"
    assert made.post(f"{path}/launch/withdraw")["state"] == "withdrawn"
    problem(made.try_post("/games/game_none/launch/publish"), 404, "unknown_document")


def test_the_same_request_twice_is_one_command(organization: Organization) -> None:
    key = str(uuid.uuid4())
    first = organization.try_post("/games", GAME, key=key)
    again = organization.try_post("/games", GAME, key=key)
    assert first.json() == again.json() and again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    problem(organization.try_post("/games", GAME | {"name": "x"}, key=key), 422, "idempotency_key_reused")
    problem(organization.try_post("/qualification", GAME, key=key), 422)
    games = organization.get("/games", limit=100)["data"]
    assert [game["id"] for game in games].count(first.json()["id"]) == 1


def test_a_refused_request_leaves_its_key_free(organization: Organization) -> None:
    key = str(uuid.uuid4())
    statement_id = organization.statement()
    problem(organization.try_post("/invoices", organization.invoice([statement_id], "R-1", 1), key=key), 409)
    organization.confirm(statement_id)
    body = organization.invoice([statement_id], "R-1", 123_456)
    assert organization.post("/invoices", body, key=key)["state"] == "under_review"


def test_many_confirms_at_once_are_one_confirmation(organization: Organization) -> None:
    statement_id = organization.statement()
    path = f"/statements/{statement_id}"
    tag = organization.admin.etag(f"{organization.path}{path}")

    def confirm(key: str) -> Any:
        while True:
            answer = organization.try_post(f"{path}/confirm", key=key, match=tag)
            if answer.status_code != 429 and answer.json().get("code") != "idempotency_in_flight":
                return answer
            assert answer.headers["Retry-After"]
            time.sleep(0.2)

    shared = str(uuid.uuid4())
    with ThreadPoolExecutor(20) as many:
        same = list(many.map(confirm, [shared] * 12))
        other = list(many.map(confirm, [str(uuid.uuid4()) for _ in range(8)]))
    assert {answer.status_code for answer in same} == {200}
    assert len({answer.json()["revision"] for answer in same}) == 1
    for answer in other:
        problem(answer, answer.status_code)
        assert answer.status_code in (409, 412)
    of_it = [t for t in transitions(organization, "statement.confirm") if statement_id in t.document_id]
    assert len(of_it) == 1


def test_an_appeal_is_decided_by_an_operator(organization: Organization) -> None:
    statement_id = organization.statement()
    path = f"/statements/{statement_id}"
    body = {
        "subject": "Two days are missing",
        "description": "See the files.",
        "file_ids": [organization.file()],
    }
    tag = organization.admin.etag(f"{organization.path}{path}")
    done = organization.post(f"{path}/appeal", body, key=str(uuid.uuid4()), match=tag)
    assert done["state"] == "appeal_review"
    queue = organization.live.server.person("olga").get("/v1/operator/queue", organization_id=organization.id)
    item = next(i for i in queue["data"] if i["document_id"] == f"statement/{statement_id}")
    assert item["money"]["amount"] == 123_456
    assert set(item["your_actions"]) == {"statement.reject_appeal", "statement.replace"}

    olga = organization.live.server.person("olga")
    bare = organization.decision("statement.reject_appeal", f"statement/{statement_id}")
    problem(olga.try_post("/v1/operator/decisions", bare), 422, "reason_missing")
    femi = organization.live.server.person("femi")
    problem(femi.try_post("/v1/operator/decisions", bare), 403, "wrong_role")
    done = organization.decide(
        "olga", "statement.reject_appeal", f"statement/{statement_id}", "All days are there."
    )
    assert done["state"] == "pending_confirmation"
    assert organization.get(path)["reasons"][0]["detail"] == "All days are there."
    tag = organization.admin.etag(f"{organization.path}{path}")
    again = organization.try_post(f"{path}/appeal", body, key=str(uuid.uuid4()), match=tag)
    assert problem(again, 409, "already_appealed")["allowed_actions"] == [
        {"action": "statement.confirm", "document_id": f"statement/{statement_id}"}
    ]


def test_an_invoice_becomes_a_payout(organization: Organization) -> None:
    statement_id = organization.statement(200_000)
    number = f"INV {uuid.uuid4().hex[:8]}"
    body = organization.invoice([statement_id], number, 200_000)
    problem(organization.try_post("/invoices", body, key="i-1"), 409, "statement_not_confirmed")
    organization.confirm(statement_id)
    early = body | {"date": "2020-01-01"}
    problem(organization.try_post("/invoices", early, key="i-2"), 409, "wrong_date")
    less = body | {"amount": {"amount": 199_999, "currency": "USD"}}
    problem(organization.try_post("/invoices", less, key="i-3"), 409, "total_differs")
    float_amount = body | {"amount": {"amount": 200_000.0, "currency": "USD"}}
    problem(organization.try_post("/invoices", float_amount, key="i-4"), 422, "invalid_request")
    done = organization.post("/invoices", body, key="i-5")
    invoice_id = done["id"]
    assert invoice_id.startswith("inv_")

    twin = organization.statement(300_000)
    organization.confirm(twin)
    same = organization.invoice([twin], number.replace(" ", "  ").lower(), 300_000)
    problem(organization.try_post("/invoices", same, key="i-6"), 409, "duplicate_invoice_number")
    mended = same | {"number": f"{number} B"}
    assert organization.post("/invoices", mended, key="i-6")["state"] == "under_review"

    problem(organization.try_post(f"/payouts/{invoice_id}/retry", key="i-7"), 404, "unknown_document")
    organization.decide("olga", "invoice.approve", f"invoice/{invoice_id}")
    path = f"/payouts/{invoice_id}"
    organization_path = f"{organization.path}{path}"

    eventually(lambda: organization.admin.call("GET", organization_path).status_code == 200)
    payout = organization.becomes(path, "scheduled")
    assert payout["amount"] == {"amount": 200_000, "currency": "USD"} and payout["act_at"]
    said = problem(organization.try_post(f"{path}/retry", key="i-8"), 409, "wrong_state")
    assert said["allowed_actions"] == []
    held = organization.decide("olga", "payout.hold", f"payout/{invoice_id}", "Asked to wait.")
    assert held["state"] == "held"
    assert (
        organization.decide("both", "payout.release_hold", f"payout/{invoice_id}", "Seen.")["state"]
        == "scheduled"
    )
    assert organization.get(f"/statements/{statement_id}")["invoice_id"] == invoice_id
    cancelled = organization.decide("olga", "payout.cancel", f"payout/{invoice_id}", "Test.")
    assert cancelled["state"] == "cancelled"
    organization.becomes(f"/invoices/{invoice_id}", "cancelled")

    stranger = organization.live.organization("mallory")
    problem(stranger.try_post(f"{path}/retry", key="i-9"), 404, "unknown_document")
    problem(stranger.admin.call("GET", f"{stranger.path}{path}"), 404)
    foreign = stranger.decision("payout.cancel", f"payout/{invoice_id}", "Not theirs.")
    problem(
        organization.live.server.person("olga").try_post("/v1/operator/decisions", foreign, "foreign"), 404
    )


def test_a_bank_change_needs_two_people_and_keeps_the_rest(live: Live) -> None:
    made = live.organization().payable()
    new_bank = {"bank": BANK | {"account_number": "000999888777"}}
    problem(made.try_post("/payout-account/change", new_bank), 400, "idempotency_key_missing")
    assert made.post("/payout-account/change", new_bank, key="c-1")["state"] == "change_in_review"
    proposed = made.get("/payout-account")["proposed"]
    assert proposed["fields"]["bank"]["account_number"] == "••8777"
    assert proposed["fields"]["tax"]["form"] == "W-9"
    seen = {"approved_digest": proposed["digest"]}
    blind = made.decision("payout_account.approve_change", "payout_account")
    other = made.decision("payout_account.approve_change", "payout_account", approved_digest="0" * 64)
    both = live.server.person("both")
    for key, decision in (("blind", blind), ("other", other)):
        problem(both.try_post("/v1/operator/decisions", decision, key), 409, "approval_of_something_else")
    approved = made.decide("both", "payout_account.approve_change", "payout_account", **seen)
    assert approved["state"] == "change_awaiting_approval"
    approve = made.decision("payout_account.approve_change", "payout_account", **seen)
    problem(both.try_post("/v1/operator/decisions", approve, "again"), 409, "four_eyes")
    done = made.decide("femi", "payout_account.approve_change", "payout_account", **seen)
    assert done["state"] == "cooling_off"
    assert made.post("/payout-account/change/withdraw", key="c-2")["state"] == "active"


def test_a_name_that_differs_is_proved_with_documents(live: Live) -> None:
    made = live.organization().verified()
    form = PAYOUT_ACCOUNT | {"bank": BANK | {"account_name": "Somebody MISMATCH"}}
    found = problem(made.try_post("/payout-account", form), 422)["errors"]
    assert [(error["pointer"], error["code"]) for error in found] == [("/bank/account_name", "account_name")]
    assert "attach documents that prove" in found[0]["detail"] and "Somebody" not in str(found)
    assert made.get("/payout-account")["state"] == "not_set_up"
    made.post("/payout-account", form | {"proof_file_ids": [made.file()]})
    made.becomes("/payout-account", "documents_needed")
    made.post("/payout-account/documents", {"explanation": "Our parent.", "file_ids": [made.file()]})
    view = made.becomes("/payout-account", "in_review")
    assert view["form"]["fields"]["bank"]["account_name"] == "Somebody MISMATCH", "the account is still there"
    assert len(view["form"]["files"]) == 1
    assert made.decide("olga", "payout_account.accept", "payout_account")["state"] == "active"


PAYOUT_PROBLEMS: dict[str, dict[str, Any]] = {
    "a W-8BEN-E in the US": {"tax": {"form": "W-8BEN-E", "entity_type": "c", "tax_number": "1234"}},
    "backup withholding": {"tax": {**PAYOUT_ACCOUNT["tax"], "backup_withholding": True}},
    "an EIN that cannot be": {"tax": {**PAYOUT_ACCOUNT["tax"], "tax_number": "00-3456789"}},
    "a classification of no W-9": {"tax": {**PAYOUT_ACCOUNT["tax"], "federal_classification": "good"}},
    "a virtual account": {"bank": BANK | {"virtual": True}},
    "another country": {"business": PAYOUT_ACCOUNT["business"] | {"country": "DE"}},
    "an unknown form": {"tax": {**PAYOUT_ACCOUNT["tax"], "form": "W-7"}},
    "a wrong routing number": {"bank": BANK | {"routing_number": "110000001"}},
    "no routing number": {"bank": {k: v for k, v in BANK.items() if k != "routing_number"}},
    "a wrong IBAN": {"bank": BANK | {"country": "DE", "iban": "DE89370400440532013001"}},
    "an IBAN of elsewhere": {"bank": BANK | {"country": "FR", "iban": "DE89370400440532013000"}},
    "no number at all": {"bank": {k: BANK[k] for k in ("account_name", "country", "institution")}},
}


@pytest.mark.parametrize("name", PAYOUT_PROBLEMS)
def test_a_payout_account_that_cannot_be_is_refused(organization: Organization, name: str) -> None:
    body = problem(organization.try_post("/payout-account", PAYOUT_ACCOUNT | PAYOUT_PROBLEMS[name]), 422)
    assert body["errors"]
    assert "DE893704" not in str(body) and "W-7" not in str(body)


def test_decisions_on_nothing_are_refused(organization: Organization, live: Live) -> None:
    olga = live.server.person("olga")
    for action, document_id, status, code in (
        ("verification.explode", "verification", 422, "unknown_action"),
        ("statement.replace", "statement/st_none", 404, "unknown_document"),
        ("invoice.approve", "verification", 422, "wrong_document"),
        ("verification.reopen", "verification", 409, "wrong_state"),
        ("verification.submit", "verification", 403, "wrong_role"),
        ("payout.hold", "payout/inv_none", 404, "unknown_document"),
    ):
        decision = organization.decision(action, document_id, "x")
        answer = olga.try_post("/v1/operator/decisions", decision, str(uuid.uuid4()))
        problem(answer, status, code)
    foreign = organization.decision("verification.suspend", "verification", "x") | {
        "organization_id": "org_none"
    }
    problem(olga.try_post("/v1/operator/decisions", foreign), 404)


def no_503(answer: Any) -> Any:
    """The answer, unless it is to be asked for again because the worker has not caught up yet."""
    return None if answer.status_code == 503 else answer


def test_while_the_worker_stands_still_nothing_is_lost_or_done_twice(live: Live) -> None:
    """Ten commands, eight of which wait in vain; repeated under their keys, each is carried out once."""
    made = live.organization()
    keys = [str(uuid.uuid4()) for _ in range(11)]

    def register(key: str) -> Any:
        return made.try_post("/games", GAME | {"name": key}, key=key)

    # Its workflow has begun and rests: what it is stopped in is a matter of chance otherwise, and of other tests.
    first = str(uuid.uuid4())
    assert register(first).status_code == 200
    live.pause_worker()
    try:
        with ThreadPoolExecutor(11) as many:
            answers = list(many.map(register, keys))
        assert made.get("/verification")["state"] == "not_started", "reading works"
    finally:
        live.resume_worker()
    codes = sorted(problem(answer, answer.status_code)["code"] for answer in answers)
    assert codes == ["outcome_unknown"] * 8 + ["too_many_in_flight"] * 3
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    for key in keys:
        answer = eventually(lambda key=key: no_503(register(key)))  # type: ignore[misc]
        assert answer.status_code == 200, answer.text
    names = [game["name"] for game in made.get("/games", limit=100)["data"]]
    assert sorted(names) == sorted([first, *keys])
