"""Pages: who sees one, of which organization, and how it is drawn."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlmodel import Session

from api.console import formatting, wording
from api.console.assets import address
from api.console.forms import Submitted
from api.console.login.sign_in import local
from api.console.temporal_status import commands_wait
from api.http.problems import Problem, title_of
from api.installation import CurrentInstallation, Installation
from api.security.identity import origin
from api.security.in_person import InPerson
from api.security.organization_access import AdminInPerson, Reader, Reading, act_in_person
from api.security.staff_access import AsStaff, Staff
from api.security.tokens import Person
from api.security.turns import OWN_TURN
from api.services.organization_snapshot import OrganizationSnapshot, open_snapshot
from api.services.organizations.timeline import EventView, show_timeline
from api.services.views import DocumentView
from lifecycle import in_words
from models.commands import Role
from storage.organizations import inbox, queries
from storage.organizations.submissions import files_of
from storage.people import drafts, sessions
from storage.people.profiles import roles_and_profile
from storage.people.roles import organizations_of
from words import languages
from words.voice import Sentence, Voice

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'"
)
"""The issuer, because a form that is posted after a session has ended leads there, and browsers ask for that, too."""

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default_for_string=True, default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
formatting.install_filters(TEMPLATES)
TEMPLATES.filters.update(wording.FILTERS)
TEMPLATES.globals.update(wording.GLOBALS)
TEMPLATES.globals["asset"] = address

LONG_FORMS = ("/verification", "/payout-account", "/payouts/invoices/new")
"""The pages below an organization's address whose forms are long: what is typed there is kept until it is submitted."""


def known_as(person: Person) -> str:
    """What tells the one who typed a form from others, without saying who it is."""
    return hashlib.sha256(f"typed by {person.subject}".encode()).hexdigest()[:20]


CASE = re.compile(r"org_[0-9A-Za-z]{1,40}/[0-9A-Za-z_/]{1,200}")
"""How a case stands in addresses: organization id / document id."""

ANONYMOUS_LAYOUT: Mapping[str, Any] = {
    "person": None,
    "organization": None,
    "organizations": [],
    "roles": [],
    "theme": "auto",
    "unread": 0,
    "done_words": "",
    "done_path": "",
    "may_act": False,
    "newest": 0,
    "waits": False,
}
"""What stands round the page of somebody who is not signed in."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that somebody asked for, who need not be signed in.

    Attributes:
        posted: the form that is shown again because of a problem.
        problem: why.
    """

    request: Request
    installation: Installation
    posted: Submitted | None = None
    problem: Problem | None = None

    def again(self, form: Submitted, problem: Problem | None = None) -> Self:
        """The same page with a form as it was posted."""
        return replace(self, posted=form, problem=problem)

    @property
    def framed(self) -> str:
        """What the page's policy adds for frames: nothing, and so it has none."""
        return ""

    @property
    def locale(self) -> str:
        """The reader's conventions: of the language of their profile, or else as their browser asks."""
        return formatting.locale_of(self.request, getattr(self.request.state, "language", ""))

    @property
    def voice(self) -> Voice:
        """How the reader is spoken to."""
        return languages.voice_of(self.locale)

    def speak(self) -> None:
        """Say from here on what is drawn in the reader's language and conventions."""
        formatting.READER.set((self.locale, self.installation.now()))

    def reading(self) -> AbstractContextManager[Session]:
        """The one moment of the database that the page shows."""
        self.speak()
        return self.installation.database.reading()

    def show(
        self,
        session: Session,
        template: str,
        status: int = 200,
        *,
        prefilled: Mapping[str, list[str]] | None = None,
        marks: Mapping[str, str] | None = None,
        draft: Mapping[str, list[str]] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Draw it.

        Args:
            session: the moment of the database that the page shows.
            prefilled: what stands in the form's fields until somebody types.
            marks: what is wrong with which field, by its JSON pointer, as long as nothing was posted.
            draft: what was typed before and not submitted yet, where the page has read it already.
        """
        parked = self.parked(session)
        draft = self.draft(session) if draft is None else draft
        typed = self.posted.typed() if self.posted else {**(prefilled or {}), **draft, **parked}
        now = self.installation.now()
        formatting.READER.set((self.locale, now))
        wrong = {mark.pointer: mark.detail for mark in self.problem.errors} if self.problem else marks
        values = {
            "page": self,
            "path": self.path,
            "key": self.key(),
            "now": now,
            "script": languages.script_of(languages.language_of(self.locale)),
            "_typed": typed,
            "_marks": wrong or {},
            "_files": self.file_names(session, typed),
            "problem": self.problem,
            "problem_title": title_of(self.problem.code) if self.problem else "",
            "latest_event": self.latest_event(session, context.get("view")),
            "restored": bool(parked) and self.posted is None,
            "drafted": bool(draft) and not parked and self.posted is None,
            **self.layout(session),
            **context,
        }
        shown = self.problem.status_code if self.problem else status
        html = TEMPLATES.get_template(template).render(values, status=shown)
        policy = CONTENT_SECURITY_POLICY.format(issuer=origin(self.installation.settings.oidc_issuer))
        return HTMLResponse(html, shown, {"Content-Security-Policy": policy + self.framed})

    def layout(self, session: Session) -> dict[str, Any]:
        """What stands round every page: whose it is, and where else one could go."""
        return dict(ANONYMOUS_LAYOUT)

    def latest_event(self, session: Session, view: Any) -> EventView | None:
        """What has happened last to the document of the page, when somebody decided on what it was before."""
        return None

    def file_names(self, session: Session, typed: Mapping[str, list[str]]) -> dict[str, str]:
        """What the files are called that were kept when a form was posted before, by id."""
        return {}

    def parked(self, session: Session) -> dict[str, list[str]]:
        """What was typed here before the session ended."""
        return {}

    def draft(self, session: Session) -> dict[str, list[str]]:
        """What was typed into the page's form before, and not submitted yet."""
        return {}

    def key(self) -> str:
        """The key of the page's forms: the same again while it is not known what became of the last one."""
        before = self.posted.key if self.posted and self.problem and self.problem.status_code >= 500 else None
        return before or secrets.token_urlsafe(18)

    @property
    def by(self) -> str:
        """What its forms say of who types them; empty for nobody who is known."""
        return ""

    @property
    def path(self) -> str:
        """Where the page is; also when it is shown again in answer to one of its forms."""
        return self.origin_of(self.posted) if self.posted else self.request.url.path

    def origin_of(self, form: Submitted) -> str:
        """The page that a form stands on; a command's own address shows nothing."""
        page = form.first("_page")
        return local(page) if page else self.request.url.path


@dataclass(frozen=True, kw_only=True)
class PersonalPage(Page):
    """A page for somebody who is signed in."""

    person: Person

    @property
    def by(self) -> str:
        """What its forms say of who types them."""
        return known_as(self.person)

    def layout(self, session: Session) -> dict[str, Any]:
        """The same, with the organizations and roles of the one who is signed in."""
        roles, profile = roles_and_profile(session, self.person.subject)
        return {
            **ANONYMOUS_LAYOUT,
            "person": self.person,
            "organizations": organizations_of(session, self.person.subject),
            "roles": sorted(roles),
            "theme": profile.theme,
        }

    def parked(self, session: Session) -> dict[str, list[str]]:
        """What was typed here before the session ended."""
        parked_id = self.request.query_params.get("parked")
        if not parked_id:
            return {}
        keyring, path = self.installation.keyring, self.request.url.path
        return sessions.parked(session, keyring, parked_id, self.person.subject, path) or {}


@dataclass(frozen=True, kw_only=True)
class StaffPage(PersonalPage):
    """A page of the platform's staff."""

    staff: Staff

    @property
    def framed(self) -> str:
        """Papers are looked at beside the case that they belong to."""
        return "; frame-src 'self'"

    def layout(self, session: Session) -> dict[str, Any]:
        """The same, with what was decided on the page before, and on which case."""
        said = self.request.query_params
        decided, of = wording.offered(said.get("decided", "")), said.get("case", "")
        many = said.get("times", "")
        done = Sentence("Decided: {decision}", decision=decided)
        if many.isdecimal() and len(many) < 4:
            done = Sentence("Decided: {decision} ({count} cases)", decision=decided, count=many)
        return {
            **super().layout(session),
            "done_words": done if decided else "",
            "done_path": f"/operators/cases/{of}" if decided and CASE.fullmatch(of) else "",
        }


@dataclass(frozen=True, kw_only=True)
class OrganizationPage(PersonalPage):
    """A page of an organization, for its admins and the platform's staff; machines use the API.

    Attributes:
        reader: as what somebody sees the organization.
        waits: commands cannot be taken now.
    """

    reader: Reader
    waits: bool

    @property
    def base(self) -> str:
        """The address of the organization's Overview."""
        return f"/organizations/{self.reader.organization_id}"

    def admin(self) -> AdminInPerson:
        """The admin who looks; 403 for staff."""
        return act_in_person(self.reader, self.person)

    def draft(self, session: Session) -> dict[str, list[str]]:
        """What the admin who looks has typed into the page's long form before, and not submitted yet."""
        return self.draft_at(session, self.path)

    def draft_at(self, session: Session, path: str) -> dict[str, list[str]]:
        """The same of another of the organization's pages."""
        if path.removeprefix(self.base) not in LONG_FORMS or self.reader.role is not Role.ADMIN:
            return {}
        return drafts.find(session, self.installation.keyring, self.person.subject, path) or {}

    @contextmanager
    def snapshot(self, history: bool = False) -> Iterator[OrganizationSnapshot]:
        """The organization at the one moment that the page shows.

        Args:
            history: with the documents in which nothing follows any more, too.
        """
        self.speak()
        with open_snapshot(self.installation, self.reader, history) as snapshot:
            wording.KNOWN.set(snapshot.names)
            yield snapshot

    def layout(self, session: Session) -> dict[str, Any]:
        """The same, with the organization, and what one of its forms has just done."""
        organization_id, admin = self.reader.organization_id, self.reader.role is Role.ADMIN
        asked = self.request.query_params.get("done", "")
        done = queries.document(session, organization_id, asked) if asked else None
        return {
            **super().layout(session),
            "organization": queries.organization(session, organization_id),
            "unread": inbox.unread(session, organization_id, self.person.subject) if admin else 0,
            "done_words": Sentence("Done. {meaning}", meaning=in_words.meaning(done)) if done else "",
            "may_act": admin,
            "newest": queries.newest_transition(session, organization_id),
            "waits": self.waits,
        }

    def latest_event(self, session: Session, view: Any) -> EventView | None:
        """What has happened last to the document of the page, when somebody decided on what it was before."""
        if self.problem is None or self.problem.status_code not in (409, 412):
            return None
        if not isinstance(view, DocumentView):
            return None
        events = show_timeline(session, self.reader, 1, document_id=view.document_id, voice=self.voice).data
        return next(iter(events), None)

    def file_names(self, session: Session, typed: Mapping[str, list[str]]) -> dict[str, str]:
        """What the files are called that were kept when a form was posted before, by id."""
        ids = [text for texts in typed.values() for text in texts if text.startswith("file_")]
        if not ids:
            return {}
        return {file.id: file.name for file in files_of(session, self.reader.organization_id, ids)}


async def organization_page(
    request: Request, installation: CurrentInstallation, reader: Reading, person: InPerson
) -> OrganizationPage:
    """A page of an organization."""
    waits = await commands_wait(installation.workflow_client)
    return OrganizationPage(
        request=request, installation=installation, person=person, reader=reader, waits=waits
    )


async def staff_page(request: Request, installation: CurrentInstallation, staff: AsStaff) -> StaffPage:
    """A page of the platform's staff."""
    return StaffPage(request=request, installation=installation, person=staff.person, staff=staff)


async def personal_page(
    request: Request, installation: CurrentInstallation, person: InPerson, _: Annotated[None, OWN_TURN]
) -> PersonalPage:
    """A page for anybody who is signed in."""
    return PersonalPage(request=request, installation=installation, person=person)


async def page_for_anybody(request: Request, installation: CurrentInstallation) -> Page:
    """A page for everybody."""
    return Page(request=request, installation=installation)


OfOrganization = Annotated[OrganizationPage, Depends(organization_page)]
OfStaff = Annotated[StaffPage, Depends(staff_page)]
OfPerson = Annotated[PersonalPage, Depends(personal_page)]
OfAnybody = Annotated[Page, Depends(page_for_anybody)]
