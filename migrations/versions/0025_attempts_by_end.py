"""What was paid in a month is found without reading all that was ever paid."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("attempts_by_end", "payout_attempts", ["outcome", "ended_at"])


def downgrade() -> None:
    op.drop_index("attempts_by_end", "payout_attempts")
