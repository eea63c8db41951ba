"""Mails by topic and audience, in digests for whoever wants them so, and how people want to be spoken to."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("notifications") as table:
        table.add_column(sa.Column("audience", sa.String(), nullable=False, server_default="admins"))
        table.add_column(sa.Column("topic", sa.String(), nullable=False, server_default="your_turn"))
        table.add_column(sa.Column("until", moment, nullable=True))
        table.add_column(sa.Column("what_then", sa.String(), nullable=True))
        table.drop_constraint("notification_of_command", type_="unique")
        table.create_unique_constraint(
            "notification_of_command", ["organization_id", "command_id", "position", "audience"]
        )
    op.add_column("staff", sa.Column("email", sa.String(), nullable=True))
    op.create_table(
        "profiles",
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("chosen", sa.JSON(), nullable=False),
    )
    op.create_table(
        "mails",
        sa.Column("letter", sa.BigInteger(), sa.ForeignKey("notifications.id"), primary_key=True),
        sa.Column("reader", sa.String(), primary_key=True),
        sa.Column("sent_at", moment, nullable=False),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("subject", sa.String(), nullable=False, index=True),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("claimed_until", moment, nullable=True),
    )
    op.create_index("digests_to_send", "digests", ["sent_at", "due_at"])
    op.create_table(
        "digest_items",
        sa.Column("digest_id", sa.String(), sa.ForeignKey("digests.id"), primary_key=True),
        sa.Column("notification_id", sa.BigInteger(), sa.ForeignKey("notifications.id"), primary_key=True),
    )


def downgrade() -> None:
    raise NotImplementedError("forward only: what waits in digests would be lost")
