"""The ledger from the command line: verified against the provider's own record, and checked by others offline."""

import importlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.checks.provider_record import compare_with_provider
from cli.errors import Exit
from models.commands import Role
from models.ledger.checks import Checked
from models.money import Money
from providers.assembly import http_providers
from providers.protocols import PaymentOrder
from storage.database import Database
from storage.ledger.export import CHECKER
from storage.schema import upgrade
from tests.cli.runner import Ended, monetization
from tests.sandbox.box import TOKEN, Box, eventually
from tests.storage.programme import DAY, POLICY, Programme


class Installation:
    """A database in a state directory, an organization under way to being paid, and a provider of its own."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.box = Box(state_dir / "provider", "http://127.0.0.1:9").start()
        self.payments = http_providers(self.box.settings()).payments
        url = f"sqlite:///{state_dir / 'monetization.db'}"
        upgrade(url)
        self.database = Database(url)
        self.programme = Programme(self.database)
        self.payout_id = self.programme.sent(self.programme.confirmed(100_000))
        self.reference = f"{self.payout_id}/1"

    def send(self, reference: str, cents: int = 70_000) -> None:
        """Have the provider take a transfer, and wait until it has arrived."""
        order = PaymentOrder(
            reference=reference,
            idempotency_key=reference,
            organization_id=self.programme.id,
            invoice_id="inv",
            amount=Money(amount=cents),
            destination={"account_number": "000123456789"},
        )
        self.payments.send(order)
        eventually(lambda: (found := self.payments.ask(reference)) and found.status == "paid")

    def paid(self, cents: int = 70_000) -> "Installation":
        """A payment that left once and arrived, here and there."""
        self.send(self.reference, cents)
        self.programme.act(Role.PROVIDER, "payout.pay", self.payout_id)
        return self

    def compare(self, organization_id: str | None = None) -> Checked:
        now = self.programme.now + DAY
        return compare_with_provider(self.database, self.payments, now, POLICY, organization_id)

    def ledger(self, *arguments: str, provider: str | None = None) -> Ended:
        env = {
            "MONETIZATION_PROVIDER_URL": provider or self.box.url,
            "MONETIZATION_PROVIDER_TOKEN": TOKEN,
        }
        return monetization("ledger", *arguments, "--state-dir", str(self.state_dir), env=env)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.box.stop()


def sentence(checked: Checked) -> str:
    assert checked.difference
    return checked.difference.sentence


# ---------------------------------------------------------------------- the provider's record


def test_what_the_provider_has_is_what_we_have(installation: Installation) -> None:
    found = installation.paid().compare()
    assert (found.count, found.not_known_yet, found.difference) == (1, 0, None)


def test_an_open_attempt_is_not_known_yet(installation: Installation) -> None:
    assert installation.compare().not_known_yet == 1
    installation.send(installation.reference)
    found = installation.compare()
    assert (found.count, found.not_known_yet, found.difference) == (1, 1, None)


def test_one_that_was_accepted_and_is_not_listed_is_missed_after_a_while(installation: Installation) -> None:
    installation.programme.act(Role.PROVIDER, "payout.accept", installation.payout_id)
    assert "lists no such transfer" in sentence(installation.compare())


def test_a_transfer_more_is_found(installation: Installation) -> None:
    installation.paid().send(f"{installation.payout_id}/2")
    for organization_id in (None, installation.programme.id):
        words = sentence(installation.compare(organization_id))
        assert f"{installation.payout_id}/2 of USD 700.00 (paid) that nobody here has sent" in words


def test_a_transfer_less_is_found(installation: Installation) -> None:
    installation.programme.act(Role.PROVIDER, "payout.pay", installation.payout_id)
    assert "USD 700.00 paid, but the provider lists no such transfer" in sentence(installation.compare())


def test_another_amount_is_found(installation: Installation) -> None:
    words = sentence(installation.paid(cents=70_001).compare())
    assert "for USD 700.00, but the provider lists it with USD 700.01" in words


def test_a_return_that_we_have_not_heard_of_is_found(installation: Installation) -> None:
    installation.paid().box.control("POST", f"/payments/{installation.reference}/return")
    assert "as paid, but the provider lists it as returned" in sentence(installation.compare())
    installation.programme.act(
        Role.PROVIDER, "payout.return", installation.payout_id, failure_code="account_closed"
    )
    assert installation.compare().difference is None


def test_one_that_we_think_failed_and_that_arrived_is_found(installation: Installation) -> None:
    installation.programme.act(
        Role.PROVIDER, "payout.fail_account", installation.payout_id, failure_code="account_closed"
    )
    assert installation.compare().difference is None
    installation.send(installation.reference)
    assert "as failed, but the provider lists it as paid" in sentence(installation.compare())


# ---------------------------------------------------------------------- the command line


def test_everything_agrees(installation: Installation) -> None:
    installation.paid()
    assert installation.ledger("anchor", "--json").json()["anchored"] == 1
    assert installation.ledger("anchor", "--json").json()["anchored"] == 0
    ended = installation.ledger("verify", "--json")
    assert ended.code == Exit.OK, ended.err
    said = ended.json()
    assert said["ok"] and said["difference"] is None and not said["not_checked"]
    assert {check["check"]: check["count"] for check in said["checks"]} == {
        "chains": 5,
        "anchors": 1,
        "documents": 2,
        "statements": 1,
        "balances": 2,
        "sources": 1,
        "invoices": 1,
        "attempts": 1,
        "overpaid": 1,
        "owed": 1,
        "provider": 1,
    }
    assert said["balances"]["USD"]["paid_out"] == -700_000_000
    for_people = installation.ledger("verify", "--organization", installation.programme.id)
    assert for_people.code == Exit.OK and "agrees" in for_people.out and "USD -700.00" in for_people.out


def test_the_first_difference_is_named_and_the_exit_code_is_1(installation: Installation) -> None:
    installation.paid()
    with installation.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE statements SET net = net + 1")
    ended = installation.ledger("verify", "--without-provider")
    assert ended.code == Exit.PROBLEM
    assert "First difference:" in ended.out and "USD 700.01" in ended.out


def test_a_provider_that_cannot_be_reached_is_said_and_may_be_left_out(installation: Installation) -> None:
    installation.paid()
    nobody = "http://127.0.0.1:9"
    ended = installation.ledger("verify", "--json", provider=nobody)
    assert ended.code == Exit.UNREACHABLE and "--without-provider" in ended.err
    assert ended.json()["not_checked"] == {"provider": "unreachable"}
    assert installation.ledger("verify", "--without-provider", provider=nobody).code == Exit.OK
    assert installation.ledger("verify", "--organization", "org_nobody").code == Exit.NOT_FOUND


# ---------------------------------------------------------------------- the bundle


def check(bundle: Path, *arguments: str, checker: Path = CHECKER) -> Ended:
    """What the checker says, without any of our packages in reach."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(checker), str(bundle), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=bundle.parent,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def rewritten(bundle: Path, name: str, old: str, new: str) -> Path:
    """The bundle with something else in one of its files."""
    changed = bundle.with_name("changed.zip")
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(changed, "w") as after:
        for item in before.namelist():
            content = before.read(item).decode()
            if item == name:
                assert old in content
                content = content.replace(old, new, 1)
            after.writestr(item, content)
    return changed


def test_a_bundle_is_checked_without_us(installation: Installation, tmp_path: Path) -> None:
    installation.paid()
    installation.ledger("anchor")
    bundles = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for bundle in bundles:
        ended = installation.ledger("export", str(bundle), "--organization", installation.programme.id)
        assert ended.code == Exit.OK, ended.err
    assert bundles[0].read_bytes() == bundles[1].read_bytes()
    with zipfile.ZipFile(bundles[0]) as contents:
        contents.extract("check_ledger.py", tmp_path / "theirs")
    ended = check(bundles[0], checker=tmp_path / "theirs" / "check_ledger.py")
    assert ended.code == 0, ended.out
    assert "5 entries of 1 organizations, 1 anchors: everything agrees." in ended.out
    assert "-700.000000" in ended.out
    assert b"000123456789" not in bundles[0].read_bytes()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("entries.jsonl", '"amount_micros":700000000', '"amount_micros":700010000', "not the file"),
        ("anchors.jsonl", '"position":5', '"position":6', "not the file"),
        ("manifest.json", '"balance_micros": -700000000', '"balance_micros": -700000001', "balances"),
    ],
)
def test_a_bundle_that_was_changed_is_seen(
    installation: Installation, tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    installation.paid()
    installation.ledger("anchor")
    installation.ledger("export", str(tmp_path / "all.zip"))
    ended = check(rewritten(tmp_path / "all.zip", name, old, new))
    assert ended.code == 1 and "WRONG" in ended.out and words in ended.out


def test_a_bundle_without_its_tail_is_seen_by_anchors_kept_elsewhere(
    installation: Installation, tmp_path: Path
) -> None:
    installation.ledger("export", str(tmp_path / "early.zip"))
    installation.paid()
    installation.ledger("anchor")
    mine = tmp_path / "mine.jsonl"
    shutil.copy(installation.state_dir / "ledger-anchors.jsonl", mine)
    assert check(tmp_path / "early.zip").code == 0
    ended = check(tmp_path / "early.zip", "--anchors", str(mine))
    assert ended.code == 1 and "entry 5" in ended.out and "entries are missing" in ended.out


def test_an_organization_left_out_of_a_bundle_of_all_is_seen_by_anchors_kept_elsewhere(
    installation: Installation, tmp_path: Path
) -> None:
    installation.paid()
    own = installation.programme.id
    installation.ledger("export", str(tmp_path / "all.zip"))
    installation.ledger("export", str(tmp_path / "own.zip"), "--organization", own)
    mine = tmp_path / "mine.jsonl"
    elsewhere = {"organization_id": "org_elsewhere", "position": 3, "hash": "0" * 64}
    mine.write_text(json.dumps(elsewhere) + "\n")
    ended = check(tmp_path / "all.zip", "--anchors", str(mine))
    assert ended.code == 1 and "entry 3 of org_elsewhere was anchored" in ended.out
    assert check(tmp_path / "own.zip", "--anchors", str(mine)).code == 0
    renamed = rewritten(
        tmp_path / "all.zip", "manifest.json", '"organization_id": null', '"organization_id": "org_elsewhere"'
    )
    ended = check(renamed)
    assert ended.code == 1 and "has entries of others" in ended.out


def test_the_checker_recomputes_what_the_manifest_cannot_vouch_for(
    installation: Installation, tmp_path: Path
) -> None:
    """Somebody who changes an entry and the manifest with it is caught by the hash, and then by the chain."""
    installation.paid()
    installation.ledger("export", str(tmp_path / "all.zip"))
    check_ledger: Any = importlib.import_module("tools.check_ledger")
    with zipfile.ZipFile(tmp_path / "all.zip") as bundle:
        lines = [json.loads(line) for line in bundle.read("entries.jsonl").splitlines()]
    position, before = 0, check_ledger.genesis(installation.programme.id)
    for line in lines:
        check_ledger.check_entry(line, position, before)
        position, before = line["position"], line["hash"]
    for change, words in (
        ({"at": "2026-01-01T00:00:00.000000Z"}, "its hash differs"),
        ({"position": 3}, "where entry 2 should be"),
        ({"previous_hash": "0" * 64}, "does not follow"),
        ({"postings": lines[1]["postings"][:1]}, "does not balance"),
    ):
        with pytest.raises(check_ledger.Wrong, match=words):
            check_ledger.check_entry({**lines[1], **change}, 1, lines[0]["hash"])
