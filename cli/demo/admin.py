"""An organization as its admin sees it: looks where it stands, and does what is to be done."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from cli.demo.api_client import ApiClient, Declined
from cli.demo.api_models import Document, Event, File, Invoice, Organization, Payout, Statement, Step
from cli.demo.people import OLGA, Person
from models.programme.policy import Policy

LOOK_EVERY = 0.4

Reaction = Callable[[Document], Awaitable[object]]


@dataclass
class Seen:
    """What the admin saw when they last looked.

    Attributes:
        last: what has happened last, as the platform's staff read it: of the admin by their name.
    """

    organization: Organization
    statements: list[Statement] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    last: Event | None = None


class Studio:
    """One organization, its admin, and what they know.

    Everything that is done is sent under a key made from where its document stands, so that the same step is
    never taken twice, whoever of us is killed in between.

    Attributes:
        id: the organization's id, once it is registered.
        seen: what was seen last.
        told: why the admin's last wish could not be fulfilled yet; empty when it was.
    """

    def __init__(self, client: ApiClient, policy: Policy, name: str, admin: Person) -> None:
        self.client = client
        self.policy = policy
        self.name = name
        self.admin = admin
        self.id = ""
        self.seen: Seen | None = None
        self.told = ""
        self._news = asyncio.Condition()
        self._files: dict[str, str] = {}

    @property
    def path(self) -> str:
        """Where the API has the organization."""
        return f"/v1/organizations/{self.id}"

    async def register(self) -> None:
        """Begin the organization's life, or find the one that was begun before."""
        made = await self.client.post(
            self.admin, "/v1/organizations", {"name": self.name}, key=f"demo/{self.name}".replace(" ", "-")
        )
        self.id = str(made["id"])
        await self.look()

    async def look(self) -> None:
        """See where everything stands."""
        found = Organization.model_validate(await self.client.get(self.admin, self.path))
        before = self.seen
        if before is None or (found.documents, found.counts) != (
            before.organization.documents,
            before.organization.counts,
        ):
            # Backwards along the pipeline: what is seen as paid is then seen as paid in every list.
            payouts = [Payout.model_validate(row) for row in await self._list("payouts")]
            invoices = [Invoice.model_validate(row) for row in await self._list("invoices")]
            statements = [Statement.model_validate(row) for row in await self._list("statements")]
            self.seen = Seen(
                organization=found,
                statements=statements,
                invoices=invoices,
                payouts=payouts,
                last=next((Event.model_validate(row) for row in await self._list("timeline", 1, OLGA)), None),
            )
        else:
            before.organization = found
        async with self._news:
            self._news.notify_all()

    async def keep_looking(self) -> None:
        """Look again and again, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self.id:
                await self.look()

    async def news(self) -> Seen:
        """What is seen at the next look."""
        async with self._news:
            await self._news.wait()
        return self.now

    @property
    def now(self) -> Seen:
        """What was seen last, by somebody who has looked."""
        assert self.seen is not None
        return self.seen

    def document(self, document_id: str) -> Step | None:
        """Where a document stands; statements, invoices and payouts have lists of their own."""
        return next((d for d in self.now.organization.documents if d.document_id == document_id), None)

    async def walk(self, document_id: str, goals: Collection[str], reactions: dict[str, Reaction]) -> str:
        """See a document to one of some states; returns which.

        Args:
            reactions: what the admin does when the document stands in a state.
        """
        while True:
            document = self.document(document_id)
            if document is not None and document.state in goals:
                return document.state
            reaction = reactions.get(document.state) if document else None
            if document is not None and reaction is not None and await self.tried(reaction(document)):
                await self.look()
            else:
                await self.news()

    async def tried(self, wish: Awaitable[object]) -> bool:
        """Whether a wish was fulfilled; one that does not fit where things stand is told again later."""
        try:
            await wish
        except Declined as declined:
            if declined.status != 409:
                raise
            self.told = str(declined)
            return False
        self.told = ""
        return True

    async def do(self, document: Document, path: str, body: Any = None, *, read: str | None = None) -> Any:
        """Take a step with a document, once for each time that it comes to stand where it stands.

        Args:
            read: the path of what must have been read before, where that is asked for.
        """
        key = f"{document.document_id}@{document.since.isoformat()}/{path.rpartition('/')[2]}"
        return await self.send(path, key, body, read=read)

    async def send(self, path: str, key: str, body: Any = None, *, read: str | None = None) -> Any:
        """Have something done, under a key of our own."""
        return await self.client.post(
            self.admin, f"{self.path}/{path}", body, key=key, match=read and f"{self.path}/{read}"
        )

    async def file(self, name: str, content: bytes) -> str:
        """The id of a file; uploaded unless the organization has it already."""
        if name not in self._files:
            files = [File.model_validate(row) for row in await self._list("documents")]
            known = [file.id for file in files if file.name == name]
            if not known:
                made = await self.client.upload(self.admin, f"{self.path}/documents", name, content)
                known = [File.model_validate(made).id]
            # The oldest, so that whoever looks later finds the same one.
            self._files[name] = known[-1]
        return self._files[name]

    async def _list(self, what: str, limit: int = 100, reader: Person | None = None) -> list[Any]:
        answer = await self.client.get(reader or self.admin, f"{self.path}/{what}", limit=limit)
        rows: list[Any] = answer["data"]
        return rows
