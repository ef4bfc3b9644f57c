"""Packages, released keys, the ledger's projection, and what staff did about servers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from central_sync.centre.database import LongText, UtcMoment
from central_sync.centre.tables.columns import key_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "exam_package",
        sa.Column("id", key_text(48), nullable=False),
        sa.Column("session", key_text(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("bank", key_text(12), nullable=False),
        sa.Column("bank_version", sa.Integer(), nullable=False),
        sa.Column("arrangement", sa.String(length=64), nullable=False),
        sa.Column("questions", sa.String(length=64), nullable=False),
        sa.Column("sealed_key", sa.Text(), nullable=False),
        sa.Column("sealed_code", sa.Text(), nullable=False),
        sa.Column("built_at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session", "number", name="exam_package_session_number"),
    )
    op.create_table(
        "key_release",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session", key_text(32), nullable=False),
        sa.Column("package", key_text(48), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("servers", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_key_release_session"), "key_release", ["session"], unique=False)
    op.create_table(
        "ledger_line",
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("ticket", key_text(120), nullable=False),
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("session", key_text(120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("fold", LongText, nullable=False),
        sa.PrimaryKeyConstraint("appliance", "ticket"),
    )
    op.create_index("ledger_line_session", "ledger_line", ["session"], unique=False)
    op.create_index("ledger_line_ticket", "ledger_line", ["ticket"], unique=False)
    op.create_table(
        "ledger_session",
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("session", key_text(120), nullable=False),
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("fold", LongText, nullable=False),
        sa.PrimaryKeyConstraint("appliance", "session"),
    )
    op.create_index("ledger_session_session", "ledger_session", ["session"], unique=False)
    op.create_table(
        "appliance_act",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_appliance_act_appliance"), "appliance_act", ["appliance"], unique=False)
