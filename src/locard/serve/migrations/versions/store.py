"""Which store the database belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table("store", sa.Column("id", sa.String(), primary_key=True))


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("store")
