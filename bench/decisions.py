"""How many decisions a second one core makes: accepted, refused, and whole lives from registration to money."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lifecycle.decide import decide, evolve
from lifecycle.messages import schedule_payout, tell_organization
from lifecycle.timers import clock_command, timers
from models.commands import Accepted, Actor, Command, Role
from models.documents import Invoice, Payout
from models.dossier import Dossier, open_dossier
from models.programme.policy import default_policy

POLICY = default_policy()
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECONDS = 1.0


class Played:
    """A life that is played from one decision to the next."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.dossier = open_dossier("org_bench", BEGIN)
        self.decisions = 0

    def take(self, command: Command) -> None:
        """Decide and evolve."""
        decision = decide(self.dossier, command, self.now, POLICY)
        assert isinstance(decision, Accepted), decision
        for transition in decision.transitions:
            self.dossier = evolve(self.dossier, transition)
        self.decisions += 1

    def act(self, role: Role, action: str, document_id: str, **facts: Any) -> None:
        """Somebody does something; providers answer the current request."""
        document = self.dossier.documents.get(document_id)
        self.take(
            Command(
                id=f"c{self.decisions}",
                action=action,
                document_id=document_id,
                actor=Actor(role=role, id=role),
                facts=facts,
                reference=document.reference if document else None,
            )
        )

    def wait(self, until: datetime) -> None:
        """Let the clock do what is due."""
        while (upcoming := timers(self.dossier, POLICY)) and upcoming[0].due <= until:
            self.now = upcoming[0].due
            self.take(clock_command(self.dossier, upcoming[0]))
        self.now = until


def pay_in(life: Played) -> None:
    """From registration to a game that is live."""
    act = life.act
    act(Role.ADMIN, "verification.submit", "verification", submission_id="s", country="DE")
    act(Role.PROVIDER, "verification.verify", "verification")
    act(
        Role.ADMIN, "contract.sign", "contract/iaa", submission_id="s", signed_version=1, text_sha256="0" * 64
    )
    act(Role.PROVIDER, "contract.activate", "contract/iaa")
    act(Role.ADMIN, "qualification.submit", "qualification", submission_id="s")
    act(Role.PROVIDER, "qualification.approve", "qualification")
    act(Role.ADMIN, "launch.register", "launch/g", game_id="g", features=["iaa"])
    act(Role.ADMIN, "integration.run", "integration/g/iaa")
    act(Role.PROVIDER, "integration.pass", "integration/g/iaa")
    act(Role.ADMIN, "launch.submit", "launch/g", regions=["JP"])
    act(Role.PROVIDER, "launch.approve", "launch/g")
    act(Role.ADMIN, "launch.publish", "launch/g")
    act(Role.ADMIN, "payout_account.submit", "payout_account", submission_id="s")
    act(Role.PROVIDER, "payout_account.accept", "payout_account")


def pay_out(life: Played) -> int:
    """From a statement that confirms itself to money that can no longer come back; the payout's decisions."""
    act = life.act
    net = {"amount": 123_456}
    act(
        Role.PIPELINE,
        "statement.issue",
        "statement/1",
        stream="iaa",
        period_start="2026-02-01",
        period_end="2026-02-15",
        net=net,
    )
    life.wait(BEGIN + timedelta(days=28))
    act(
        Role.ADMIN,
        "invoice.submit",
        "invoice/1",
        number="1",
        statement_ids=["statement/1"],
        total=net,
        dated=life.now.date(),
        submission_id="s",
    )
    act(Role.OPERATOR, "invoice.approve", "invoice/1")
    invoice = life.dossier.documents["invoice/1"]
    assert isinstance(invoice, Invoice)
    payout = Played()
    payout.now, payout.dossier = life.now, Dossier(organization_id="org_bench")
    payout.take(schedule_payout(life.dossier, invoice))
    payout.wait(timers(payout.dossier, POLICY)[0].due)
    payout.act(Role.PROVIDER, "payout.accept", "payout/1")
    payout.act(Role.PROVIDER, "payout.pay", "payout/1")
    tell(payout, life)
    payout.wait(payout.now + timedelta(days=90))
    tell(payout, life)
    return payout.decisions


def tell(payout: Played, life: Played) -> None:
    """The organization hears of its payout."""
    document = payout.dossier.documents["payout/1"]
    assert isinstance(document, Payout)
    message = tell_organization(document)
    assert message is not None
    life.take(message)


def whole_life() -> int:
    """One organization from registration to a closed payout; how many decisions it took."""
    life = Played()
    pay_in(life)
    of_the_payout = pay_out(life)
    assert life.dossier.documents["statement/1"].state == "closed"
    return life.decisions + of_the_payout


def per_second(work: Callable[[], object]) -> float:
    """How often something is done in a second."""
    done, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        for _ in range(50):
            work()
        done += 50
    return done / elapsed


def main() -> dict[str, float]:
    """Measure, print and return."""
    life = Played()
    pay_in(life)
    actor = Actor(role=Role.ADMIN, id="ann")
    accepted = Command(
        id="c",
        action="verification.renew",
        document_id="verification",
        actor=actor,
        facts={"submission_id": "s"},
    )
    refused = Command(id="c", action="verification.submit", document_id="verification", actor=actor)
    decisions = whole_life()
    lives = per_second(whole_life)
    measured = {
        "accepted_per_second": round(per_second(lambda: decide(life.dossier, accepted, life.now, POLICY))),
        "refused_per_second": round(per_second(lambda: decide(life.dossier, refused, life.now, POLICY))),
        "decisions_per_life": decisions,
        "lives_per_second": round(lives, 1),
        "decisions_per_second_in_lives": round(lives * decisions),
        "minutes_per_million_lives": round(1_000_000 / lives / 60, 1),
    }
    for name, value in measured.items():
        print(f"   {name:32} {value:>12,}")
    return measured


if __name__ == "__main__":
    main()
