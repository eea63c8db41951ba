"""The audit record and the ledger can only grow, and the first contracts are on offer."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("transitions", "member_events", "journal_entries", "journal_postings")

SQLITE_TRIGGER = """
CREATE TRIGGER {table}_refuse_{event} BEFORE {event} ON {table}
BEGIN
    SELECT RAISE(ABORT, '{table} is append-only');
END
"""

POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""

POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

SHARE_BASIS_POINTS = 3_000

CONTRACT = """\
Terms of {subject}, version 1

This is sample text of an open-source programme, written by its authors. It is no legal advice and binds
nobody; whoever runs the programme puts their own contract in its place.

1. Parties. The platform, and the organization whose registered admin signs.
2. Subject. The organization may use {subject} in all of its mini games. The feature is enabled once the
   platform has counter-signed.
3. Share. The platform keeps 30 % (3,000 basis points) of {base}; the rest is the organization's.
4. Refunds. What players are given back is taken off before the share is worked out.
5. Statements. {statements} A statement can be confirmed or, once, appealed; after 28 days without either
   it confirms itself.
6. Payment. Confirmed statements of together at least USD 100 can be invoiced. A valid invoice is paid
   within 15 days to the payout account. A payment that comes back is owed again.
7. Tax. Tax that the law asks the platform to withhold is withheld and shown on the statement.
8. Test money. Orders and ads of the sandbox, and games that are not released, earn nothing.
9. Change. A new version binds once it is signed; what was earned before is settled under the version that
   was then in force.
10. End. The platform may suspend or end this contract and says why. What was earned by then is settled and
    paid.
"""

TEXTS = {
    "iaa": CONTRACT.format(
        subject="in-app ads",
        base="the gross ad revenue",
        statements="Ad revenue is settled twice a month: for the 1st to the 15th, and from the 16th on.",
    ),
    "iap": CONTRACT.format(
        subject="in-app purchases",
        base="the Beans redeemed, at the base price of USD 0.01 for a Bean",
        statements="Purchases and subscriptions are settled by the month, each in statements of their own.",
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(SQLITE_TRIGGER.format(table=table, event="UPDATE"))
            op.execute(SQLITE_TRIGGER.format(table=table, event="DELETE"))
    else:
        op.execute(POSTGRESQL_FUNCTION)
        for table in APPEND_ONLY:
            op.execute(POSTGRESQL_TRIGGER.format(table=table))
    texts = sa.table(
        "contract_texts",
        *(sa.column(name) for name in ("feature", "version", "text", "sha256", "share_basis_points")),
        sa.column("self_billing", sa.Boolean()),
    )
    op.bulk_insert(
        texts,
        [
            {
                "feature": feature,
                "version": 1,
                "text": text,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "share_basis_points": SHARE_BASIS_POINTS,
                "self_billing": False,
            }
            for feature, text in TEXTS.items()
        ],
    )


def downgrade() -> None:
    raise NotImplementedError("forward only: an audit record is never opened for change")
