"""Whoever knows a registration number finds the verification that has it; forms from before have no fingerprint yet."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submissions", sa.Column("registration", sa.LargeBinary(), nullable=True))
    op.create_index("ix_submissions_registration", "submissions", ["registration"])


def downgrade() -> None:
    op.drop_index("ix_submissions_registration", "submissions")
    op.drop_column("submissions", "registration")
