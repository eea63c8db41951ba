"""The payout account: everything is said before it is submitted, and nobody decides for their own organization."""

import uuid
from typing import Any

import pytest

from models.tables import MemberRow
from storage.people.roles import add_member, add_staff
from tests.api.support.forms import BANK, PAYOUT_ACCOUNT, VERIFICATION, pdf
from tests.api.support.live import Live, Organization, files
from tests.api.support.server import problem

pytestmark = pytest.mark.temporal

BUSINESS, TAX = PAYOUT_ACCOUNT["business"], PAYOUT_ACCOUNT["tax"]
CANARY = "DE00CANARY00000000000"


@pytest.fixture(scope="module")
def verified(live: Live) -> Organization:
    """A verified organization without a payout account."""
    return live.organization().verified()


def preflight(made: Organization, **parts: Any) -> dict[str, Any]:
    view = made.post("/payout-account/preflight", PAYOUT_ACCOUNT | parts)
    return {f["name"]: f for f in view["findings"]} | {"verdict": view["verdict"]}


def failing(found: dict[str, Any]) -> set[str]:
    return {name for name, f in found.items() if name != "verdict" and f["result"] == "failed"}


def test_a_right_form_is_ready(verified: Organization) -> None:
    found = preflight(verified, bank=BANK | {"account_name": "EXAMPLE GAMES, L.L.C."})
    assert found["verdict"] == "ready" and failing(found) == set()
    assert found["account_name"]["why"] == "It is the verified name, written in another form."
    assert found["account_name"]["expected"] == "Example Games LLC"


def test_a_preflight_says_everything_at_once_and_keeps_nothing(verified: Organization) -> None:
    before = verified.get("/payout-account")
    found = preflight(
        verified,
        business=BUSINESS | {"country": "DE", "entity_name": "Example Toys LLC"},
        tax=TAX | {"tax_number": "00-0000000", "backup_withholding": True, "name": "Example Ltd"},
        bank=BANK | {"country": "DE", "iban": CANARY, "virtual": True},
    )
    assert found["verdict"] == "to_fix"
    assert failing(found) == {
        "business_country",
        "registration_document",
        "tax_form",
        "tax_number",
        "backup_withholding",
        "iban",
        "routing_number",
        "virtual_account",
        "entity_name",
        "tax_form_name",
    }
    assert found["entity_name"]["differing"] == ["games", "toys"]
    assert all(f["why"] and f["fix"] for name, f in found.items() if name in failing(found))
    assert CANARY not in str(found) and CANARY not in verified.live.server.log
    assert verified.get("/payout-account") == before


def test_submitting_is_judged_by_the_same(verified: Organization) -> None:
    parts = {"bank": BANK | {"account_name": "Somebody Else", "routing_number": "110000001"}}
    expected = failing(preflight(verified, **parts))
    answer = verified.try_post("/payout-account", PAYOUT_ACCOUNT | parts)
    errors = problem(answer, 422, "invalid_request")["errors"]
    assert {e["code"] for e in errors} == expected == {"account_name", "routing_number"}
    assert all(e["pointer"].startswith("/bank/") for e in errors)
    assert "Somebody" not in answer.text and "110000001" not in answer.text
    assert verified.get("/payout-account")["state"] == "not_set_up"


def test_strangers_and_staff_may_not_ask(verified: Organization) -> None:
    path = f"{verified.path}/payout-account/preflight"
    server = verified.live.server
    problem(server.person("mallory").try_post(path, PAYOUT_ACCOUNT), 404)
    problem(server.person("olga").try_post(path, PAYOUT_ACCOUNT), 403, "staff_may_not")


def test_a_local_name_counts_as_the_english_one(live: Live) -> None:
    made = live.organization()
    names = {
        "country": "JP",
        "legal_name_local": "見本ゲーム株式会社",
        "legal_name_english": "Mihon Games K.K.",
    }
    made.post("/verification", VERIFICATION | files(made) | names)
    made.reviewed("verification")
    made.becomes("/verification", "verified")
    found = preflight(
        made,
        business=BUSINESS
        | {"country": "JP", "entity_name": "見本ゲーム㈱", "registration_file_id": made.file()},
        tax={"form": "W-8BEN-E", "entity_type": "corporation", "tax_number": "5-8356-7825-6246"},
        bank={
            "account_name": "MIHON GAMES KABUSHIKI KAISHA",
            "country": "JP",
            "institution": "Mihon Bank",
            "account_number": "0001234",
            "swift_bic": "MHCBJPJT",
        },
    )
    assert found["verdict"] == "ready", failing(found)
    assert failing(found) == set()


def test_a_name_with_a_proof_is_compared_by_an_operator(live: Live) -> None:
    made = live.organization().verified()
    form = PAYOUT_ACCOUNT | {"bank": BANK | {"account_name": "Example Holding LLC"}}
    proof = made.admin.upload(made.id, pdf(2), "proof.pdf").json()["id"]
    found = preflight(made, bank=form["bank"], proof_file_ids=[proof])
    assert found["verdict"] == "ready" and found["account_name"]["result"] == "not_run"
    made.post("/payout-account", form | {"proof_file_ids": [proof]})
    view = made.becomes("/payout-account", "in_review")
    assert [file["name"] for file in view["form"]["files"]] == ["proof.pdf"]
    assert made.decide("olga", "payout_account.accept", "payout_account")["state"] == "active"


def test_a_change_is_completed_by_what_is_in_force(live: Live) -> None:
    made = live.organization().payable()
    change = {"bank": BANK | {"account_name": "Somebody Else"}}
    view = made.post("/payout-account/preflight", change)
    assert [f["name"] for f in view["findings"] if f["result"] == "failed"] == ["account_name"]
    problem(made.try_post("/payout-account/change", change, key="c-1"), 422, "invalid_request")
    business = {"business": BUSINESS | {"country": "DE"}, "bank": BANK}
    errors = problem(made.try_post("/payout-account/change", business, key="c-2"), 422)["errors"]
    assert "tax_form" in {e["code"] for e in errors}, "the form in force does not fit the new country"
    assert made.get("/payout-account")["state"] == "active"


def test_an_approval_is_void_once_the_change_is_another(live: Live) -> None:
    made = live.organization().payable()

    def proposed(number: str, key: str) -> str:
        made.post("/payout-account/change", {"bank": BANK | {"account_number": number}}, key=key)
        return str(made.get("/payout-account")["proposed"]["digest"])

    def approve(person: str, digest: str) -> Any:
        decision = made.decision("payout_account.approve_change", "payout_account", approved_digest=digest)
        return live.server.person(person).try_post("/v1/operator/decisions", decision, str(uuid.uuid4()))

    first = proposed("000999888777", "c-1")
    assert approve("olga", first).status_code == 200
    made.post("/payout-account/change/withdraw", key="w-1")
    second = proposed("000999888777", "c-2")
    assert second != first, "the same numbers again are another change"
    problem(approve("olga", first), 409, "approval_of_something_else")
    assert approve("olga", second).status_code == 200
    problem(approve("femi", first), 409, "approval_of_something_else")
    assert approve("femi", second).json()["state"] == "cooling_off"


def test_staff_do_not_decide_for_their_own_organization(live: Live) -> None:
    made = live.organization()
    with live.server.database.transaction() as session:
        add_staff(session, "ivan", "operator", "Ivan")
        add_member(
            session, MemberRow(organization_id=made.id, subject="ivan", role="member", name="Ivan Insider")
        )
    made.post("/verification", VERIFICATION | files(made))
    made.reviewed("verification", "verification.reject", reasons=[{"code": "not_eligible"}])
    made.becomes("/verification", "rejected")
    ivan = live.server.person("ivan")
    decision = made.decision("verification.reopen", "verification", "I know them.")
    said = problem(ivan.try_post("/v1/operator/decisions", decision), 403, "conflict_of_interest")
    assert "colleague" in said["detail"]
    assert made.get("/verification")["state"] == "rejected"
    assert ivan.get(f"{made.path}/verification")["allowed_actions"] == []
    queue = ivan.get("/v1/operator/queue", organization_id=made.id)["data"]
    assert [item["your_actions"] for item in queue] == [[]]
    olga = live.server.person("olga").get("/v1/operator/queue", organization_id=made.id)["data"]
    assert "verification.reopen" in olga[0]["your_actions"]


ZENGIN = {
    "account_name": "ﾐﾎﾝｹﾞｰﾑ",
    "country": "JP",
    "institution": "Mihon Bank",
    "bank_code": "0001",
    "branch_code": "００１",
    "account_type": "Ordinary",
    "account_number": "0123456",
}


def test_an_account_is_taken_by_the_numbers_of_its_country_and_shown_masked(live: Live) -> None:
    made = live.organization().verified()
    bank = ZENGIN | {"account_name": "Example Games LLC"}
    assert preflight(made, bank=bank)["verdict"] == "ready"
    made.post("/payout-account", PAYOUT_ACCOUNT | {"bank": bank})
    shown = made.becomes("/payout-account", "active")["form"]["fields"]["bank"]
    assert (shown["bank_code"], shown["branch_code"], shown["account_type"]) == ("0001", "001", "ordinary")
    assert shown["account_number"] not in (bank["account_number"], "") and "ifsc" not in shown


def test_a_country_that_cannot_be_paid_is_said_at_once(verified: Organization) -> None:
    bank = BANK | {"country": "KP", "routing_number": None, "swift_bic": "AAAAKP22"}
    found = preflight(verified, bank=bank)
    assert failing(found) == {"payable_country"}
    assert found["payable_country"]["pointer"] == "/bank/country" and found["payable_country"]["fix"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_number", "12"),
        ("iban", "???"),
        ("swift_bic", "ДОЙЧЕ"),
        ("country", "usa"),
        ("account_name", "A\x07"),
        ("institution", "A\u2028B"),
        ("stripe_account", "x"),
    ],
)
def test_a_number_that_is_none_is_answered_in_words(verified: Organization, field: str, value: str) -> None:
    answer = verified.try_post("/payout-account/preflight", PAYOUT_ACCOUNT | {"bank": BANK | {field: value}})
    [error] = problem(answer, 422, "invalid_request")["errors"]
    assert error["pointer"] == f"/bank/{field}" and len(error["detail"]) > 20
    assert not set("^[]{}\\|") & set(error["detail"])


@pytest.mark.parametrize("name", ["Éxample Games LLC", "Ехаmple Games LLC", "Example\u200b Games LLC"])
def test_an_account_whose_name_only_resembles_is_never_active_by_itself(live: Live, name: str) -> None:
    made = live.organization().verified()
    form = PAYOUT_ACCOUNT | {"bank": BANK | {"account_name": name}}
    found = preflight(made, bank=form["bank"])
    assert found["verdict"] == "ready" and found["account_name"]["result"] == "not_run"
    made.post("/payout-account", form)
    view = made.becomes("/payout-account", "in_review")
    assert view["waits_for"] == "operator" and view["then"] in (None, "review_late")
    been = {entry["to_state"] for entry in made.get("/timeline", document="payout_account")["data"]}
    assert "active" not in been and "in_review" in been
    assert made.decide("olga", "payout_account.accept", "payout_account")["state"] == "active"


def test_a_change_to_a_name_that_only_resembles_waits_for_an_operator(live: Live) -> None:
    made = live.organization().payable()
    made.post("/payout-account/change", {"bank": BANK | {"account_name": "Éxample Games LLC"}}, key="c-1")
    assert made.get("/payout-account")["state"] == "change_in_review"


@pytest.mark.parametrize("name", ["Examp1e Games LLC", "Example Game LLC", "Example Games Ltd"])
def test_an_account_in_another_name_is_refused_without_a_proof(verified: Organization, name: str) -> None:
    form = PAYOUT_ACCOUNT | {"bank": BANK | {"account_name": name}}
    errors = problem(verified.try_post("/payout-account", form), 422, "invalid_request")["errors"]
    assert [error["code"] for error in errors] == ["account_name"]
