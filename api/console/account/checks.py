"""One field of a payout account's form, looked at as soon as it is left: by the rules by which the whole is judged."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlmodel import Session

from api.console.forms import marks
from api.http.problems import FieldProblem
from api.installation import Installation
from api.services.organization_snapshot import active_dossier
from api.services.payments.payout_account import TAX_FORM
from api.services.preflight import blocking, known_business
from forms.bank.accounts import BankAccount
from forms.bank.bank_names import bank_name
from forms.findings import Finding
from forms.payout_account import Business, Known, PayoutForm

STAND_INS: Mapping[str, Mapping[str, Any]] = {
    "bank": {"institution": "–", "account_name": "–"},
    "business": {"entity_name": "–", "permanent_address": "–"},
    "tax": {"backup_withholding": False, "federal_classification": "other", "entity_type": "corporation"},
}
"""What stands for fields that are not filled in yet, so that the rest of their part can be looked at."""

PARTS: Mapping[str, TypeAdapter[Any]] = {
    "business": TypeAdapter(Business),
    "tax": TAX_FORM,
    "bank": TypeAdapter(BankAccount),
}


class FieldView(BaseModel):
    """What is to be said of a field.

    Attributes:
        wrong: what is wrong with it and how it is corrected; empty when nothing is.
        bank: what the bank is called, where the numbers that are typed so far say so.
    """

    wrong: str = ""
    bank: str = ""


def check_field(
    session: Session, installation: Installation, organization_id: str, form: Mapping[str, Any], name: str
) -> FieldView:
    """Look at one field of a form that is still being filled in.

    Args:
        form: what is typed so far, part by part.
        name: the field's, ``bank.iban``.
    """
    part, _, field = name.partition(".")
    if part not in PARTS:
        return FieldView()
    bank = part_of(form, "bank")
    named = bank_name(bank.get("iban"), bank.get("swift_bic")) or ""
    complaint = own_complaint(PARTS[part], part_of(form, part), field)
    if complaint:
        return FieldView(wrong=complaint, bank=named)
    known = known_business(session, installation, active_dossier(session, organization_id))
    pointer = "/" + name.replace(".", "/")
    wrong = next((mark.detail for mark in blocking(findings(form, known)) if mark.pointer == pointer), "")
    return FieldView(wrong=wrong, bank=named)


def part_of(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What is typed into a part of the form; nothing where something else stands in its place."""
    typed = form.get(name)
    return typed if isinstance(typed, Mapping) else {}


def own_complaint(part: TypeAdapter[Any], typed: Mapping[str, Any], field: str) -> str:
    """What is wrong with a field by itself, whatever stands in the others."""
    try:
        part.validate_python(dict(typed), strict=False)
    except ValidationError as error:
        own = (mark for mark in marks(error) if mark.pointer == f"/{field}" and mark.code != "missing")
        return next((mark.detail for mark in own), "")
    return ""


def findings(form: Mapping[str, Any], known: Known) -> list[Finding]:
    """What the rules say of what is typed so far."""
    business, tax, bank = (readable(name, part_of(form, name)) for name in PARTS)
    bank = bank or BankAccount(account_name="–", country="US", institution="–")
    return PayoutForm(business, tax, bank, bool(form.get("proof_file_ids"))).findings(known)


def readable(name: str, typed: Mapping[str, Any]) -> Any:
    """A part of the form without what cannot be read yet; ``None`` when too little is there."""
    given = dict(typed)
    for _ in range(len(given) + len(STAND_INS[name])):
        try:
            return PARTS[name].validate_python(given, strict=False)
        except ValidationError as error:
            before = dict(given)
            for each in error.errors():
                field = str(each["loc"][-1]) if each["loc"] else ""
                given.pop(field, None)
                if field in STAND_INS[name]:
                    given[field] = STAND_INS[name][field]
            if given == before:
                return None
    return None


def complaints(
    form: Mapping[str, Any], unreadable: Sequence[FieldProblem], known: Known
) -> list[FieldProblem]:
    """What is wrong with a form that cannot be read as a whole yet: by itself, and by the rules for what can be read."""
    marked = {mark.pointer for mark in unreadable}
    marked |= {f"/{part}" for part in PARTS if any(each.startswith(f"/{part}/") for each in marked)}
    own = [mark for mark in blocking(findings(form, known)) if mark.pointer not in marked]
    return [*unreadable, *own]


def field_by_field(found: Sequence[FieldProblem], form: Mapping[str, Any]) -> list[FieldProblem]:
    """The same, with each field of a part that is missing as a whole marked by itself."""
    return [own for mark in found for own in own_fields(mark, form)]


def own_fields(mark: FieldProblem, form: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with the fields of a part; other marks as they are."""
    part = mark.pointer.strip("/")
    if part not in PARTS:
        return [mark]
    try:
        PARTS[part].validate_python(part_of(form, part), strict=False)
    except ValidationError as error:
        fields = [own.model_copy(update={"pointer": f"/{part}{own.pointer}"}) for own in marks(error)]
        return [own for own in fields if own.pointer != f"/{part}/"] or [mark]
    return [mark]
