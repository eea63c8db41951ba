"""What is under way is kept by the browser, and when somebody proved who they are may be unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("sign_ins")
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("authenticated_at", existing_type=sa.DateTime(timezone=True), nullable=True)


def downgrade() -> None:
    raise NotImplementedError("forward only: sign-ins are no longer kept here")
