"""Each organization is recorded with the policy that it goes by, and those that it went by before."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "policies",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
    )
    op.create_table(
        "organization_policies",
        sa.Column("organization_id", sa.String(), sa.ForeignKey("organizations.id"), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("policy_id", sa.String(), sa.ForeignKey("policies.id"), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
    )
    op.create_index("ix_organization_policies_policy_id", "organization_policies", ["policy_id"])


def downgrade() -> None:
    raise NotImplementedError("forward only: who went by which policy would be lost")
