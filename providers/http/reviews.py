"""Review desks: external systems that are sent something and say, now or later, what they think of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from models.commands import ProviderEvent
from models.desks import Desk
from models.documents import FailureClass
from providers.answers import Answer, Reference
from providers.failures import ProviderFailure
from providers.http.client import ProviderHttp

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FileRef(BaseModel):
    """A file that belongs to a request, named by its content; ``size`` is in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=255)]
    sha256: Sha256
    content_type: Annotated[str, Field(max_length=100)]
    size: Annotated[int, Field(ge=0)]


class ReviewRequest(BaseModel):
    """Something to be reviewed.

    Attributes:
        reference: ours, and the idempotency key: the same reference is one request, however often it is sent.
        document_id: the document that the decision will be about.
        kind: the desk that it is for.
        fields: what was filled in, whole.
        files: what was uploaded with it.
    """

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    organization_id: Reference
    document_id: Reference
    kind: Desk
    fields: Annotated[dict[str, JsonValue], Field(repr=False)] = {}
    files: Annotated[list[FileRef], Field(repr=False, max_length=50)] = []


class ReviewAnswer(Answer):
    """What a desk says of a request: still pending, or decided, with the news."""

    status: Literal["pending", "decided"]
    event: ProviderEvent | None = None


class ReviewDecided(BaseModel):
    """The webhook of a decided review; ``event_id`` is what to deduplicate by."""

    model_config = ConfigDict(extra="forbid")

    event_id: str
    type: Literal["review.decided"] = "review.decided"
    organization_id: str
    event: ProviderEvent


class HttpReviewDesk:
    """One desk, spoken to over HTTP."""

    def __init__(self, http: ProviderHttp, desk: Desk) -> None:
        self._http = http
        self._desk = desk

    def request(self, review: ReviewRequest) -> ProviderEvent | None:
        """Hand in a request; the decision, or ``None`` when it comes later by webhook."""
        if review.kind is not self._desk:
            raise ValueError(f"a request for {review.kind.value} was given to {self._desk.value}")
        answer = self._http.exchange(
            "POST", f"/{self._desk.value}/reviews", ReviewAnswer, body=review, key=review.reference
        )
        return _news(answer, review.reference)

    def ask(self, reference: str) -> ProviderEvent | None:
        """The decision on an earlier request, or ``None`` while it is pending; raises NotFound."""
        answer = self._http.exchange(
            "GET", f"/{self._desk.value}/reviews", ReviewAnswer, query={"reference": reference}
        )
        return _news(answer, reference)


def _news(answer: ReviewAnswer, reference: str) -> ProviderEvent | None:
    if answer.status == "pending":
        return None
    if answer.event is None or answer.event.reference != reference:
        raise ProviderFailure(FailureClass.TRANSIENT, "malformed_answer")
    return answer.event
