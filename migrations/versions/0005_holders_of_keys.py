"""Idempotency keys name who holds them, so that a holder that was displaced frees nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("holder", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("forward only: without holders a key cannot be taken over safely")
