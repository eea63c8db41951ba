"""Pages: who sees one, of which organization, and how it is drawn."""

import secrets
from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlmodel import Session

from api.console import formatting
from api.console.assets import address
from api.console.forms import Submitted
from api.console.login.sign_in import local
from api.console.temporal_status import commands_wait
from api.http.idempotency import KEY, AnsweredBefore, Keyed, principal_of
from api.http.problems import Problem, title_of
from api.installation import Here, Installation
from api.queues import in_thread
from api.routes.organizations.files import keep
from api.routes.organizations.organizations import EventView, read_timeline
from api.security.identity import (
    OWN_TURN,
    AsStaff,
    InPerson,
    Reader,
    Reading,
    Staff,
    act_for_organization,
    origin,
)
from api.security.tokens import Person
from api.services.commands import Asking
from api.services.organization_snapshot import Standing, stand, stand_with_history
from api.services.views import DocumentView, Done
from lifecycle.machines import state_of
from models.commands import Role
from models.tables import OrganizationRow
from storage.organizations import inbox, queries
from storage.organizations.submissions import files_of
from storage.people import sessions
from storage.people.roles import organizations_of, staff_roles

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'"
)
"""The issuer, because a form that is posted after a session has ended leads there, and browsers ask for that, too."""

D = TypeVar("D")

PATIENCE = 20
"""How often a form that is just being worked on is asked for again, twice a second."""

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default_for_string=True, default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
formatting.teach(TEMPLATES)
TEMPLATES.globals["asset"] = address


@dataclass(frozen=True)
class Page:
    """A page that somebody asked for.

    Attributes:
        person: who is signed in; ``None`` on the few pages for everybody.
        reader: as what they see an organization, on its pages.
        staff: as what they work for the platform, on its pages.
        posted: the form that is shown again because of a problem.
        problem: why.
        waits: commands cannot be taken now.
        newest: the page shows everything up to this event.
    """

    request: Request
    here: Installation
    person: Person | None = None
    reader: Reader | None = None
    staff: Staff | None = None
    posted: Submitted | None = None
    problem: Problem | None = None
    waits: bool = False
    newest: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def show(
        self,
        template: str,
        status: int = 200,
        *,
        filled: Mapping[str, list[str]] | None = None,
        marks: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Draw it.

        Args:
            filled: what stands in the form's fields until somebody types.
            marks: what is wrong with which field, by its JSON pointer, as long as nothing was posted.
        """
        parked = self.parked()
        typed = self.posted.typed() if self.posted else {**(filled or {}), **parked}
        now = self.here.now()
        formatting.READER.set((formatting.locale_of(self.request), now))
        wrong = {mark.pointer: mark.detail for mark in self.problem.errors} if self.problem else marks
        values = {
            "page": self,
            "here": self.here,
            "path": self.path,
            "key": self.key(),
            "now": now,
            "_typed": typed,
            "_marks": wrong or {},
            "_files": self.file_names(typed),
            "problem": self.problem,
            "problem_title": title_of(self.problem.code) if self.problem else "",
            "meanwhile": self.meanwhile(context.get("view")),
            "restored": bool(parked) and self.posted is None,
            **self.surroundings(),
            **self.more,
            **context,
        }
        shown = self.problem.status_code if self.problem else status
        html = TEMPLATES.get_template(template).render(values, status=shown)
        policy = CONTENT_SECURITY_POLICY.format(issuer=origin(self.here.settings.oidc_issuer))
        return HTMLResponse(html, shown, {"Content-Security-Policy": policy})

    def surroundings(self) -> dict[str, Any]:
        """What stands round every page: whose organization it is, and where else one could go."""
        organization, done, unread = None, None, 0
        others: list[OrganizationRow] = []
        roles: set[str] = set()
        asked = self.request.query_params.get("done", "")
        if self.person is not None:
            with self.here.database.reading() as session:
                others = organizations_of(session, self.person.subject)
                roles = staff_roles(session, self.person.subject)
                if self.reader is not None:
                    organization = queries.organization(session, self.reader.organization_id)
                    if self.reader.role is Role.ADMIN:
                        unread = inbox.unread(session, self.reader.organization_id, self.person.subject)
                    done = queries.document(session, self.reader.organization_id, asked) if asked else None
        return {
            "organization": organization,
            "unread": unread,
            "done_words": f"Done. {state_of(done).description}" if done else "",
            "organizations": others,
            "roles": sorted(roles),
            "may_act": self.reader is not None and self.reader.role is Role.ADMIN,
        }

    def meanwhile(self, view: Any) -> EventView | None:
        """What has happened last to the document of the page, when somebody decided on what it was before."""
        if self.reader is None or self.problem is None or self.problem.status_code not in (409, 412):
            return None
        if not isinstance(view, DocumentView):
            return None
        events = read_timeline(self.reader, self.here, 1, document_id=view.document_id).data
        return next(iter(events), None)

    def key(self) -> str:
        """The key of the page's forms: the same again while it is not known what became of the last one."""
        before = self.posted.key if self.posted and self.problem and self.problem.status_code >= 500 else None
        return before or secrets.token_urlsafe(18)

    def file_names(self, typed: Mapping[str, list[str]]) -> dict[str, str]:
        """What the files are called that were kept when a form was posted before, by id."""
        ids = [text for texts in typed.values() for text in texts if text.startswith("file_")]
        if not ids or self.reader is None:
            return {}
        with self.here.database.reading() as session:
            return {file.id: file.name for file in files_of(session, self.reader.organization_id, ids)}

    def parked(self) -> dict[str, list[str]]:
        """What was typed here before the session ended."""
        parked_id = self.request.query_params.get("parked")
        if not parked_id or self.person is None:
            return {}
        with self.here.database.reading() as session:
            path = self.request.url.path
            return sessions.parked(session, self.here.keyring, parked_id, self.person.subject, path) or {}

    @property
    def path(self) -> str:
        """Where the page is; also when it is shown again in answer to one of its forms."""
        return self.origin_of(self.posted) if self.posted else self.request.url.path

    def origin_of(self, form: Submitted) -> str:
        """The page that a form stands on; a command's own address shows nothing."""
        page = form.first("_page")
        return local(page) if page else self.request.url.path

    @property
    def base(self) -> str:
        """The address of the organization's Overview."""
        assert self.reader is not None
        return f"/organizations/{self.reader.organization_id}"

    @contextmanager
    def reading(self, history: bool = False) -> Iterator[tuple[Session, Standing]]:
        """The database at one moment, and where the organization stood then.

        Args:
            history: with the documents in which nothing follows any more, too.
        """
        assert self.reader is not None
        with self.here.database.reading() as session:
            yield session, (stand_with_history if history else stand)(session, self.here, self.reader)

    def standing(self) -> Standing:
        """Where the organization stands."""
        with self.reading() as (_, standing):
            return standing

    def asking(self, form: Submitted) -> Asking:
        """The admin of this page, who asks for something by a form."""
        assert self.reader is not None
        admin = act_for_organization(self.reader)
        assert admin.actor is not None
        self.request.state.chance = secrets.token_hex(12)
        known = Keyed(
            database=self.here.database,
            principal=principal_of(admin),
            key=form.key if form.key and KEY.fullmatch(form.key) else None,
            route=f"{self.request.method} {self.request.url.path}",
            body_sha256=form.digest(),
        )
        return Asking(
            self.here,
            self.request,
            Response(),
            admin.organization_id,
            admin.actor,
            known,
            admin.person,
            form.etag,
        )

    async def carry_out(
        self,
        form: Submitted,
        act: Callable[[Asking, Submitted], Awaitable[D]],
        again: Callable[["Page"], HTMLResponse],
        then: str | Callable[[D], str] | None = None,
        read: Callable[[dict[str, Any]], D] | None = None,
    ) -> Response:
        """Have a form's command carried out.

        Args:
            act: gives the command, as the API does; it is given the form with its files kept.
            again: the page with the form, to be shown again when there is a problem; nothing typed is lost.
            then: where to go when it is done; the page of the form otherwise.
            read: what a kept answer says; without it, as commands answer.
        """
        try:
            form = await self.keep_files(form)
            self.request.state.form = form
            before = await self.answered(form)
            if before is None:
                done = await self.once(form, act)
            else:
                done = read(before) if read else cast(D, Done.model_validate(before))
        except Problem as problem:
            if problem.code in ("unauthenticated", "recent_sign_in_needed"):
                raise
            page = replace(self, posted=form, problem=problem)
            return await in_thread(again, page)
        where = then(done) if callable(then) else then or self.origin_of(form)
        return RedirectResponse(f"{where}?done={done.document_id}" if isinstance(done, Done) else where, 303)

    async def carry_out_once(
        self,
        form: Submitted,
        work: Callable[[Reader, Submitted], dict[str, Any] | None],
        again: Callable[["Page"], HTMLResponse],
        then: str | Callable[[dict[str, Any]], str] | None = None,
    ) -> Response:
        """Have something done that is no command and keeps no answer: a form that is sent twice does it once.

        Args:
            work: does it, for the admin of this page; what it says is kept, so nothing that is private.
        """

        async def act(asking: Asking, sent: Submitted) -> dict[str, Any]:
            assert self.reader is not None
            admin = act_for_organization(self.reader)
            return await in_thread(asking.keyed.once, lambda: work(admin, sent) or {})

        return await self.carry_out(form, act, again, then, dict)

    async def answered(self, form: Submitted) -> dict[str, Any] | None:
        """What came of this very form when it was posted before, whatever could be said against it now."""
        try:
            await in_thread(self.asking(form).answered)
        except AnsweredBefore as before:
            return before.response
        return None

    async def once(self, form: Submitted, act: Callable[[Asking, Submitted], Awaitable[D]]) -> D:
        """Carry it out; a form that was posted twice gets the one answer twice."""
        asking = self.asking(form)
        return await answered_once(lambda: act(asking, form))

    async def keep_files(self, form: Submitted) -> Submitted:
        """The form with the files that were chosen in it kept; what is wrong with the others is marked."""
        if not form.files or self.reader is None:
            return form
        admin, queue = act_for_organization(self.reader), self.here.queues.strangers_files
        for name, chosen in form.files.items():
            kept = []
            for file in chosen:
                keep_it = partial(
                    keep,
                    self.here,
                    admin.organization_id,
                    admin.person.subject,
                    await file.read(),
                    file.filename or "",
                    file.content_type or "",
                )
                try:
                    kept.append((await queue.run(admin.organization_id, keep_it)).id)
                except Problem as problem:
                    form = form.without_file(name, problem)
            form = form.with_files(name, kept) if kept else form
        return form


async def answered_once(ask: Callable[[], Awaitable[D]]) -> D:
    """What comes of a form; one that was posted twice waits for the one answer."""
    for _ in range(PATIENCE):
        try:
            return await ask()
        except Problem as problem:
            if problem.code != "idempotency_in_flight":
                raise
        await sleep(0.5)
    return await ask()


async def organization_page(request: Request, here: Here, reader: Reading, person: InPerson) -> Page:
    """A page of an organization, for its admins and the platform's staff; machines use the API."""
    waits = await commands_wait(here.pipeline)
    newest = await in_thread(newest_for, here, reader.organization_id)
    return Page(request, here, person, reader, waits=waits, newest=newest)


def newest_for(here: Installation, organization_id: str) -> int:
    """What has happened last, before the page is drawn: it shows at least that."""
    with here.database.reading() as session:
        return queries.newest_transition(session, organization_id)


async def staff_page(request: Request, here: Here, staff: AsStaff) -> Page:
    """A page of the platform's staff."""
    return Page(request, here, staff.person, staff=staff)


async def own_page(request: Request, here: Here, person: InPerson, _: Annotated[None, OWN_TURN]) -> Page:
    """A page for anybody who is signed in."""
    return Page(request, here, person)


OrganizationPage = Annotated[Page, Depends(organization_page)]
StaffPage = Annotated[Page, Depends(staff_page)]
OwnPage = Annotated[Page, Depends(own_page)]
