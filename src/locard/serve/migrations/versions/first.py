"""Cases, examinations and their files."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cases",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False, index=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "tags",
        sa.Column("case_id", sa.String(), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True, index=True),
    )
    op.create_table(
        "examinations",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False, index=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("cases.id"), index=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("stability", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String()),
        sa.Column("error", sa.Text()),
        sa.Column("report", sa.Text()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("ended", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "files",
        sa.Column(
            "examination_id", sa.String(), sa.ForeignKey("examinations.id"), primary_key=True
        ),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("sha256", sa.String(), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("files", "examinations", "tags", "cases"):
        op.drop_table(name)
