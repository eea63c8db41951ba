"""What stands in a form before anybody types: what was submitted the last time, and what was wrong with it."""

from collections.abc import Sequence

from api.console.formatting import flat
from api.services.views import FormView
from lifecycle import in_words
from models.documents import Reason

MASKED = "••"


def prefilled(form: FormView | None) -> dict[str, list[str]]:
    """The fields of the form of last time; what is shown masked must be typed again."""
    if form is None:
        return {}
    found: dict[str, list[str]] = {}
    for name, value in flat(form.fields):
        if not value.startswith(MASKED):
            found.setdefault(name, []).append(value)
    named = {value for values in found.values() for value in values}
    found["file_ids[]"] = [file.id for file in form.files if file.id not in named]
    return found


def marked(reasons: Sequence[Reason], machine: str) -> dict[str, str]:
    """What a reviewer of a kind of document said of single fields, by their JSON pointers."""
    return {
        "/" + reason.field.strip("/").replace(".", "/"): in_words.reason(reason, machine)
        for reason in reasons
        if reason.field
    }
