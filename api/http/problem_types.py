"""Every problem by its code: what the API finds itself, and why the pipeline refuses a command."""

from collections.abc import Mapping

from pydantic import BaseModel

from api.http.problems import STATUS_OF_REFUSAL, TITLES, title_of
from lifecycle.machines import MACHINES

STATUSES: Mapping[str, tuple[int, ...]] = {
    "bad_request": (400,),
    "form_incomplete": (400,),
    "idempotency_key_missing": (400,),
    "idempotency_key_malformed": (400,),
    "unauthenticated": (401,),
    "signature_missing": (401,),
    "signature_malformed": (401,),
    "signature_mismatch": (401,),
    "signature_expired": (401,),
    "not_an_admin": (403,),
    "not_staff": (403,),
    "staff_may_not": (403,),
    "not_with_a_key": (403,),
    "scope_missing": (403,),
    "recent_sign_in_needed": (403,),
    "cross_site": (403,),
    "sign_in_failed": (400,),
    "sign_in_denied": (403,),
    "sign_in_not_proved": (400,),
    "last_admin": (409,),
    "preview_outdated": (409,),
    "cannot_be_issued": (409,),
    "claimed": (409,),
    "too_many_requests": (429,),
    "too_many_streams": (429,),
    "not_found": (404,),
    "method_not_allowed": (405,),
    "idempotency_in_flight": (409,),
    "conflict": (409,),
    "not_running": (409, 503),
    "shown_once": (409,),
    "endpoint_exists": (409,),
    "endpoint_disabled": (409,),
    "ceiling_reached": (409,),
    "too_many_endpoints": (409,),
    "not_paid": (409,),
    "not_signed": (409,),
    "stale_if_match": (412,),
    "too_large": (413,),
    "unsupported_media_type": (415,),
    "invalid_request": (422,),
    "unreadable_body": (422,),
    "unexpected_body": (422,),
    "idempotency_key_reused": (422,),
    "if_match_missing": (428,),
    "too_many_in_flight": (429,),
    "internal": (500,),
    "temporal_unavailable": (503,),
    "busy": (503,),
    "outcome_unknown": (503,),
    "not_caught_up": (503,),
    "issuer_unavailable": (503,),
    "not_ready": (503,),
}

REFUSALS: Mapping[str, str] = {
    "invalid_facts": "The action needs other facts; the detail names those that are missing or not valid.",
    "reason_missing": "The action needs a reason; say why.",
    "reason_unknown": "The action takes other reasons; the detail names them.",
    "unknown_action": "There is no such action; docs/states.md lists all of them.",
    "wrong_document": "The action belongs to another kind of document; name one of that kind.",
    "not_authorized": "The database does not know you in that role; ask an admin, or whoever administers the staff.",
    "wrong_role": "Somebody in another role must do this; the detail names it.",
    "conflict_of_interest": "You belong to this organization yourself; a colleague must decide for the platform.",
    "unknown_document": "There is no such document; check its id.",
    "already_exists": "There is such a document already; read that one.",
    "wrong_state": "The action does not fit where the document stands; `allowed_actions` says what does.",
    "malformed": "It could not be read; use the console, the API or the command line, which say what is wrong with it.",
    "misnamed": "It was given in Temporal under the name of another action; give it under its own.",
    "unforeseen": "It met a fault of ours; look into the worker's log, fix it, and ask again.",
    "given_by_hand": "It was given by hand in Temporal; use the console, the API or the command line.",
    "stale": "This answers an earlier request, and a newer one is under way or none any more; nothing is to be done.",
    "not_due": "It is not time yet; the clock does it by itself.",
    "four_eyes": "Another person must do this than whoever asked for it, or decided on it before.",
    "approval_of_something_else": "It is another one now than you have read; read it again, and name that one's digest.",
    "duplicate_invoice_number": "The invoice number was used before; every invoice needs a new number.",
    "unknown_policy": "No such policy is kept here; `monetization policy renew` keeps the installation's before naming it.",
    "policy_fixed": "An organization keeps its calendar, time zone and currency; put those back, and renew the rest.",
    "self_billing_not_agreed": "A contract does not let the platform write invoices; submit an invoice of your own.",
}
"""Refusals besides those of the machines' guards, and what to do about them; some guards' words are general here."""


class ProblemKind(BaseModel):
    """A kind of problem: the statuses it comes with, and what it means."""

    code: str
    statuses: list[int]
    title: str
    meaning: str


def kinds() -> dict[str, ProblemKind]:
    """All kinds of problem by their codes."""
    own = {
        code: ProblemKind(
            code=code, statuses=list(statuses), title=title_of(code), meaning=f"{TITLES[code]}."
        )
        for code, statuses in STATUSES.items()
    }
    guards = {
        guard.code: guard.reason
        for machine in MACHINES.values()
        for rule in machine.rules
        for guard in rule.guards
    }
    refusals = {
        code: ProblemKind(
            code=code, statuses=[STATUS_OF_REFUSAL.get(code, 409)], title=title_of(code), meaning=meaning
        )
        for code, meaning in sorted((guards | dict(REFUSALS)).items())
    }
    return own | refusals


def table() -> str:
    """All kinds of problem as a Markdown document."""
    rows = [f"| `{k.code}` | {', '.join(map(str, k.statuses))} | {k.meaning} |" for k in kinds().values()]
    return "\n".join(
        [
            "# Problems",
            "",
            "Every error is a problem document (RFC 9457, `application/problem+json`). `type` is the address",
            "`{installation}/problems/{code}`, which says what is said here. Programs go by `code`; codes are stable,",
            "titles and details are for people. `errors` says which field is wrong, by JSON pointer, and never repeats",
            "what was sent. A 409 carries `allowed_actions`: what you may do with the document instead.",
            "",
            "Written by `python -m api openapi`; do not edit.",
            "",
            "| code | status | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
