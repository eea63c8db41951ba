"""Migrations: from nothing to what the models say, from anywhere, and an audit record that only grows."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, select

from models.tables import ContractTextRow, WebhookEndpointRow, real_now
from storage.database import Database
from storage.schema import ONE_AT_A_TIME, configuration, upgrade
from tests.storage.studio import Studio

UPGRADE = "import sys; from storage.schema import upgrade; upgrade(sys.argv[1])"


def test_migrations_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    upgrade(empty_url)
    with Database(empty_url).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_partial_indexes_are_what_the_models_say(url: str) -> None:
    """Alembic does not compare the conditions of indexes."""
    database, dialect = inspect(Database(url).engine), url.partition("+")[0].partition(":")[0]
    for table in SQLModel.metadata.sorted_tables:
        kept = {index["name"]: index.get("dialect_options", {}) for index in database.get_indexes(table.name)}
        for index in table.indexes:
            assert index.name is not None
            found = kept[index.name].get(f"{dialect}_where")
            assert squeeze(str(found)) == squeeze(str(index.dialect_options[dialect]["where"])), index.name


def squeeze(condition: str) -> str:
    return condition.lower().replace("(", "").replace(")", "").replace(" ", "").replace("!=", "<>")


def test_an_upgrade_may_be_repeated(url: str) -> None:
    versions = Path(__file__).parents[2] / "migrations/versions"
    newest = max(file.name[:4] for file in versions.glob("[0-9]*.py"))
    upgrade(url)
    with Database(url).reading() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def test_processes_may_upgrade_together_from_anywhere(empty_url: str, tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url], cwd=tmp_path, env={"PYTHONPATH": root})
        for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    with Database(empty_url).reading() as session:
        assert len(session.exec(select(ContractTextRow)).all()) == 2


def test_an_upgrade_waits_for_another(empty_url: str) -> None:
    database = Database(empty_url)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as other:
            if database.engine.name == "postgresql":
                other.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
            else:
                other.connection()
            waiting = pool.submit(upgrade, empty_url)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=120)


def test_the_first_contracts_are_on_offer(database: Database) -> None:
    with database.reading() as session:
        texts = session.exec(select(ContractTextRow).order_by(ContractTextRow.feature)).all()
    assert [(t.feature, t.version, t.share_basis_points) for t in texts] == [
        ("iaa", 1, 3_000),
        ("iap", 1, 3_000),
    ]
    for row in texts:
        assert row.sha256 == hashlib.sha256(row.text.encode()).hexdigest()
        assert "30 % (3,000 basis points)" in row.text


def put(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    """Put a row into a table as an older release knew it, whatever columns it has got since."""
    connection.execute(insert(SQLModel.metadata.tables[table]).values(row))


def test_endpoints_that_chose_actions_are_told_of_what_these_lead_to(empty_url: str) -> None:
    database, config, now = Database(empty_url), configuration(), real_now()
    chosen = {
        "https://a.example/": [],
        "https://b.example/": ["statement.issue", "payout.pay", "payout.outcome_unknown"],
        "https://c.example/": ["payout.ask"],
    }
    with database.writers.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        organization = {"id": "org_1", "name": "Example Games", "created_by": "ada", "created_at": now}
        form = {
            **{"id": "sub_1", "organization_id": "org_1", "kind": "webhook_secrets", "key_id": "one"},
            **{"fields": b"", "created_by": "ada", "created_at": now},
        }
        put(connection, "organizations", organization)
        put(connection, "submissions", form)
        for number, (url, events) in enumerate(chosen.items()):
            endpoint = {
                **{"id": f"we_{number}", "organization_id": "org_1", "url": url, "events": events},
                **{
                    "secrets_id": "sub_1",
                    "cursor": 0,
                    "made_by": "ada",
                    "made_at": now,
                    "disabled_because": "",
                },
            }
            put(connection, "webhook_endpoints", endpoint)
    upgrade(empty_url)
    with database.reading() as session:
        rows = {row.url: row for row in session.exec(select(WebhookEndpointRow))}
    assert {url: (row.events, row.disabled_because) for url, row in rows.items()} == {
        "https://a.example/": ([], ""),
        "https://b.example/": (["statement.issued", "statement.carried_forward", "payout.paid"], ""),
        "https://c.example/": (["payout.ask"], "admin"),
    }


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transitions SET to_state = 'paid'",
        "UPDATE transitions SET actor_id = actor_id",
        "DELETE FROM transitions",
        "DELETE FROM transitions WHERE position = 0",
        "TRUNCATE transitions",
        "INSERT OR REPLACE INTO transitions SELECT * FROM transitions",
    ],
)
def test_the_audit_record_can_only_grow(studio: Studio, change: str) -> None:
    sqlite = studio.database.engine.name == "sqlite"
    if sqlite == change.startswith("TRUNCATE") or (not sqlite and change.startswith("INSERT")):
        pytest.skip("the other database's words")
    studio.verified_in("GB")
    with pytest.raises(DBAPIError, match="append-only"), studio.database.transaction() as session:
        session.execute(text(change))
    with studio.database.reading() as session:
        assert session.execute(text("SELECT to_state FROM transitions")).scalars().all() == ["verified"]
