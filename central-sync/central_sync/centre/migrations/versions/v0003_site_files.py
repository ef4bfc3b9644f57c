"""Files that sites send up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from central_sync.centre.database import UtcMoment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "exchange_site_file",
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("appliance", "sha256"),
    )
    op.create_index(op.f("ix_exchange_site_file_site"), "exchange_site_file", ["site"], unique=False)
