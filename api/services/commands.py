"""Commands: every wish of a person goes the same way, from the request to the workflow and back."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from sqlmodel import Session
from structlog.contextvars import bind_contextvars

from api.http.bodies import Body
from api.http.idempotency import AlreadyAnswered, IdempotentRequest, derived_id
from api.http.problems import FieldProblem, Problem, refused
from api.installation import Installation
from api.queues import in_thread
from api.security.in_person import prove_recently, refuse_key
from api.security.organization_access import OrganizationAdmin
from api.security.rate_limits import address_of
from api.security.staff_access import CaseWorker
from api.security.tokens import Person
from api.services.command_delivery import carry_out
from api.services.organization_snapshot import OrganizationSnapshot, active_dossier, etag, own_policy
from api.services.views import Done
from lifecycle.machines import in_person
from models.commands import Actor, Command, Outcome, Refusal
from models.documents import AnyDocument, Reason
from models.identity import DocumentId
from storage.organizations import queries
from storage.organizations.decisions import outcome_of
from storage.organizations.submissions import files_of, read, save
from words.voice import Sentence


def command_id(subject: str, key: str) -> str:
    """The id of what somebody asks for under a key; both may contain slashes, so it says how long the first is."""
    return f"api/{len(subject)}/{subject}/{key}"


@dataclass(frozen=True)
class Form:
    """What a person filled in besides: kept encrypted, and referred to by the command.

    Attributes:
        kind: which form.
        fields: JSON values.
        file_ids: the files that belong to it.
        fact: the fact of the command that names it.
        adds_to: an earlier form whose fields and files it completes.
        digest_fact: the fact of the command that names its content, where people agree to exactly that.
        variant: tells forms of the same request apart, where they depend on more than the request.
    """

    kind: str
    fields: Mapping[str, Any]
    file_ids: Sequence[str] = ()
    fact: str = "submission_id"
    adds_to: Callable[[AnyDocument], str | None] | None = None
    digest_fact: str | None = None
    variant: str = ""


@dataclass(frozen=True)
class Client:
    """From where a command came; a signature keeps it as evidence.

    Attributes:
        request_id: names the request in the logs.
        address: empty where it is not known.
    """

    request_id: str
    address: str
    user_agent: str


@dataclass(frozen=True)
class CommandContext:
    """Somebody who asks for something to be done in an organization.

    Attributes:
        if_match: what they have read of the document, where they said so.
        nonce: names the command where it was sent under no key.
    """

    installation: Installation
    organization_id: str
    actor: Actor
    person: Person
    idempotency: IdempotentRequest
    client: Client
    if_match: str | None = None
    nonce: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def command_id(self) -> str:
        """The id of the command: the same for a request that is repeated under its key."""
        return command_id(self.actor.id, self.idempotency.key or self.nonce)

    def new_id(self, prefix: str, variant: str = "") -> str:
        """An id for what the command makes: the same when the same request is repeated under its key."""
        request = (self.organization_id, self.command_id, self.idempotency.body_sha256)
        return derived_id(prefix, *request, *([variant] if variant else []))

    async def submit(
        self,
        action: str,
        document_id: str,
        facts: Mapping[str, Any] | None = None,
        form: Form | Callable[[], Form] | None = None,
        reasons: Sequence[Reason] = (),
        check: Callable[[Session], None] | None = None,
        match: bool = False,
    ) -> Done:
        """Have a command carried out, once.

        Args:
            facts: what the command brings.
            form: what is kept encrypted with it; a function, where the check works out what that is.
            check: what else must hold; raises Problem. Runs before anything is kept.
            match: ``If-Match`` is needed; where it is sent, the document must still be the one that it names.

        Raises:
            AlreadyAnswered: this very request was carried out before.
            Problem: why it was not carried out.
        """
        if in_person(action):
            prove_recently(refuse_key(self.person))
        bind_contextvars(command_id=self.command_id, action=action, organization_id=self.organization_id)

        def prepare(session: Session) -> dict[str, Any]:
            document = queries.document(session, self.organization_id, document_id)
            if action.startswith("payout."):
                # Its workflow is named by the invoice alone, so it must be this organization's.
                existing(document)
            if match or self.if_match is not None:
                self.check_match(document)
            if check:
                check(session)
            kept = form() if callable(form) else form
            return self.keep(session, kept, document) if kept else {}

        begun = await in_thread(self.begin, prepare)
        if isinstance(begun, Outcome):
            done = begun if isinstance(begun, Done) else await in_thread(self.finish, begun)
            raise AlreadyAnswered(200, done.model_dump(mode="json"))
        command = Command(
            id=self.command_id,
            action=action,
            document_id=document_id,
            actor=self.actor,
            facts={**(facts or {}), **begun},
            reasons=list(reasons),
            request_id=self.client.request_id,
        )
        try:
            outcome = await carry_out(
                self.installation, self.organization_id, command, self.idempotency.body_sha256[:16]
            )
            return await in_thread(self.finish, outcome)
        except BaseException as error:
            await in_thread(self.idempotency.give_up, error)
            raise

    def begin(self, prepare: Callable[[Session], dict[str, Any]]) -> Outcome | dict[str, Any]:
        """In one transaction: take the key, check, keep the form. A problem leaves no trace."""
        with self.installation.database.transaction() as session:
            if done := self.recorded(session):
                return done
            before = self.idempotency.begin(session)
            return Done.model_validate(before) if before else prepare(session)

    def recorded(self, session: Session) -> Outcome | None:
        """What came of this very request where it was recorded, but nobody lived to answer."""
        if self.idempotency.key is None or self.idempotency.stored(session) is not None:
            return None
        return outcome_of(session, self.organization_id, self.command_id)

    def raise_if_answered(self) -> None:
        """Raise the answer to a request that was carried out before, answered then or not, whatever holds now.

        Raises:
            AlreadyAnswered: with that answer.
            Problem: 422, the key was used for another request.
        """
        self.idempotency.raise_if_answered()
        with self.installation.database.reading() as session:
            done = self.recorded(session)
        if done is not None:
            raise AlreadyAnswered(200, self.finish(done).model_dump(mode="json"))

    def keep(self, session: Session, form: Form, document: AnyDocument | None) -> dict[str, Any]:
        """Keep a form; the fact that names it."""
        check_files(session, self.organization_id, form.file_ids)
        fields, file_ids = dict(form.fields), list(form.file_ids)
        before = form.adds_to(document) if form.adds_to and document else None
        if before:
            earlier = read(session, self.installation.keyring, self.organization_id, before)
            fields = {**earlier.fields, **fields}
            file_ids = list(dict.fromkeys([*(file.id for file in earlier.files), *file_ids]))
        submission_id = save(
            session,
            self.installation.keyring,
            form.kind,
            self.organization_id,
            self.actor.id,
            fields,
            file_ids,
            self.new_id("sub", form.variant),
        )
        if form.digest_fact is None:
            return {form.fact: submission_id}
        kept = read(session, self.installation.keyring, self.organization_id, submission_id)
        return {form.fact: submission_id, form.digest_fact: kept.digest}

    def check_match(self, document: AnyDocument | None) -> None:
        """428 without ``If-Match``, 412 when the document is no longer what was read."""
        if self.if_match is None:
            raise Problem(428, "if_match_missing", Sentence("Read it first, and send its ETag as If-Match."))
        tags = [tag.strip() for tag in self.if_match.split(",")]
        if document is not None and "*" not in tags and etag(document) not in tags:
            raise Problem(
                412,
                "stale_if_match",
                Sentence("It has changed since you read it; read it again, then decide."),
            )

    def finish(self, outcome: Outcome) -> Done:
        """The answer, kept under the key."""
        with self.idempotency.session() as session:
            snapshot = OrganizationSnapshot(
                session,
                self.installation,
                active_dossier(session, self.organization_id),
                self.actor,
                self.installation.now(),
                own_policy(session, self.installation, self.organization_id),
            )
            done = Done(
                **outcome.model_dump(),
                id=DocumentId(outcome.document_id).key or outcome.document_id,
                next_actions=snapshot.next_actions(self.actor.role),
            )
            return Done.model_validate(self.idempotency.finish(session, 200, done.model_dump(mode="json")))


def check_files(session: Session, organization_id: str, file_ids: Sequence[str]) -> None:
    """Refuse files that the organization has not uploaded."""
    if len(files_of(session, organization_id, file_ids)) < len(file_ids):
        raise Problem(
            422,
            "invalid_request",
            errors=[
                FieldProblem(
                    pointer="/file_ids", code="unknown_file", detail=Sentence("Upload the files first.")
                )
            ],
        )


def existing(document: AnyDocument | None) -> AnyDocument:
    """The document of a command; 404 like the pipeline when there is none."""
    if document is None:
        raise refused(Refusal(code="unknown_document", reason=Sentence("There is no document with this id.")))
    return document


def command_context(
    request: Request,
    installation: Installation,
    audience: OrganizationAdmin | CaseWorker,
    idempotency: IdempotentRequest,
    if_match: str | None,
) -> CommandContext:
    """Whoever asks, by a request of the API or by a form of the console."""
    client = Client(
        request.state.request_id, address_of(request), request.headers.get("user-agent", "")[:300]
    )
    return CommandContext(
        installation,
        audience.organization_id,
        audience.actor,
        audience.person,
        idempotency,
        client,
        if_match,
    )


def fields_of(body: Body, *without: str) -> dict[str, Any]:
    """A body as the fields of a form."""
    return body.model_dump(mode="json", exclude=set(without), exclude_none=True)
