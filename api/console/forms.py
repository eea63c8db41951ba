"""Forms: what a browser posts, as the bodies that the API's commands take."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from api.http.bodies import Body
from api.http.problems import FieldProblem, Problem
from models.texts.complaints import in_words
from words.labels import CHOSEN, EXAMPLES
from words.voice import Sentence, joined

B = TypeVar("B", bound=Body)

MOST_FIELDS, MOST_FILES = 300, 20
FIELD = re.compile(r"[a-z][a-z0-9_]*")
AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,13})(?:\.(\d{1,2}))?")


@dataclass(frozen=True)
class Submitted:
    """A form as it was posted.

    Attributes:
        fields: texts by name; dots lead into parts (``bank.iban``), ``[]`` at the end marks a list.
        files: the files that were chosen, by the name under which the ids of those kept earlier stand in ``fields``.
        key: makes posting it twice harmless; the page was given it.
        etag: what the page showed, where that matters.
        wrong: why files that were chosen are not taken.
    """

    fields: Mapping[str, list[str]]
    files: Mapping[str, list[UploadFile]]
    wrong: Sequence[FieldProblem] = ()

    @property
    def key(self) -> str | None:
        """The Idempotency-Key of the form."""
        return self.first("_key")

    @property
    def etag(self) -> str | None:
        """The ETag of what the form is about."""
        return self.first("_etag")

    def first(self, name: str) -> str | None:
        """A field's only value; ``None`` when it was left empty."""
        return next((value for value in self.fields.get(name, ()) if value.strip()), None)

    def typed(self) -> dict[str, list[str]]:
        """What was typed, without what the page put there."""
        return {name: values for name, values in self.fields.items() if not name.startswith("_")}

    def with_files(self, name: str, file_ids: list[str]) -> "Submitted":
        """The same, with chosen files kept: in the place of the one kept before, or after those of a list."""
        before = self.fields.get(name, []) if name.endswith("[]") else []
        ids = list(dict.fromkeys([*before, *file_ids]))
        return replace(self, fields={**self.fields, name: ids})

    def without_file(self, name: str, problem: Problem) -> "Submitted":
        """The same, but a file that was chosen is not taken."""
        why = problem.errors[0].detail if problem.errors else problem.said
        wrong = FieldProblem(pointer=pointer_of(name), code=problem.code, detail=why)
        return replace(self, wrong=[*self.wrong, wrong])

    def digest(self) -> str:
        """SHA-256 over what was typed and kept: the same for the same form posted again."""
        canonical = json.dumps(sorted(self.typed().items()))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def nested(self) -> dict[str, Any]:
        """What was filled in, part by part; what was left empty is not there."""
        value: dict[str, Any] = {}
        for name, given in self.typed().items():
            kept = [text for text in given if text.strip()]
            if kept:
                put(value, name.removesuffix("[]").split("."), kept if name.endswith("[]") else kept[0])
        return value

    def read(self, kind: type[B], more: Mapping[str, Any] | None = None) -> B:
        """The form as a body.

        Args:
            more: parts that were worked out otherwise: amounts, files.

        Raises:
            Problem: 422, naming each field that is not right.
        """
        value = self.nested()
        for name, part in (more or {}).items():
            put(value, name.split("."), part)
        for name, field in kind.model_fields.items():
            if field.is_required() and is_group(field.annotation):
                value.setdefault(name, {})  # so that each of its fields is marked, not the group
        wrong = {mark.pointer: mark for mark in self.wrong}
        try:
            body = kind.model_validate(value, strict=False)
        except ValidationError as error:
            wrong = {mark.pointer: mark for mark in marks(error)} | wrong
        if wrong:
            errors = list(wrong.values())
            raise Problem(422, "invalid_request", Sentence("Correct what is marked."), errors=errors)
        return body


def is_group(annotation: Any) -> bool:
    """Whether a field of a form has fields of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def put(value: dict[str, Any], path: list[str], part: Any) -> None:
    """Put a part where its dotted name leads."""
    for step in path[:-1]:
        inner = value.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Problem(422, "invalid_request", Sentence("The form is malformed."))
        value = inner
    value[path[-1]] = part


NEEDED = ("missing", "string_too_short")

WRONG: Mapping[str, Sentence] = {
    "too_short": Sentence("Choose at least one."),
    "literal_error": Sentence("Choose one of those that are offered."),
    "enum": Sentence("Choose one of those that are offered."),
    "union_tag_not_found": Sentence("Choose one."),
    "bool_parsing": Sentence("Choose one."),
}
"""What is said to people where the library speaks to programmers."""


def marks(error: ValidationError) -> list[FieldProblem]:
    """What is wrong with which field, in words."""
    return [
        FieldProblem(
            pointer="/" + "/".join(name for step in item["loc"] if FIELD.fullmatch(name := str(step))),
            code=item["type"],
            detail=expected(item),
        )
        for item in error.errors()[:50]
    ]


def expected(error: Mapping[str, Any]) -> Sentence:
    """What is expected of a field, with an example where one helps."""
    name = next((str(step) for step in reversed(error["loc"]) if FIELD.fullmatch(str(step))), "")
    if error["type"] in NEEDED:
        return to_fill_in(name)
    if error["type"].startswith(("date_", "datetime_")):
        return Sentence("Write it as a date, such as 2030-01-31.")
    words = WRONG.get(error["type"]) or in_words(error)
    if name not in EXAMPLES or "such as" in words:
        return words
    return joined(words, Sentence("For example: {example}.", example=EXAMPLES[name]))


def to_fill_in(name: str) -> Sentence:
    """What is said of a field that was left empty."""
    if name.endswith(("file_id", "file_ids")):
        return Sentence("Add a file: PDF, PNG or JPEG.")
    if name in CHOSEN:
        return Sentence("Choose one.")
    return (
        Sentence("Fill this in, such as {example}.", example=EXAMPLES[name])
        if name in EXAMPLES
        else Sentence("Fill this in.")
    )


def pointer_of(name: str) -> str:
    """Where the field of a name is in the body, as a JSON pointer."""
    return "/" + name.removesuffix("[]").replace(".", "/")


def amount_of(text: str | None, pointer: str) -> int | None:
    """``1,204.50`` as cents; 422 for anything else."""
    if text is None:
        return None
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        mark = FieldProblem(
            pointer=pointer,
            code="not_an_amount",
            detail=Sentence("Write the amount in US dollars, such as 1204.50."),
        )
        raise Problem(422, "invalid_request", Sentence("Correct what is marked."), errors=[mark])
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "0").ljust(2, "0"))


async def submitted(request: Request) -> Submitted:
    """The form of a request; 422 when it is malformed."""
    fields: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    in_parts = request.headers.get("content-type", "").lower().startswith("multipart/")
    if not in_parts:
        await request.body()  # kept, so that it can be read once more
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files.setdefault(name, []).append(value)
        elif "\x00" in value:
            raise Problem(422, "invalid_request", Sentence("A text contains characters that cannot be kept."))
        else:
            fields.setdefault(name, []).append(value)
    found = Submitted(fields, files)
    if in_parts:
        request.state.form_sha256 = found.digest()
    return found


Posted = Annotated[Submitted, Depends(submitted)]
