"""First tables of the centre: exchange, staff, sites, banks, rosters, plans, arrangement, jobs, exam day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from central_sync.centre.database import LongBytes, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "arrangement_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("zh", sa.String(length=400), nullable=False),
        sa.Column("en", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("before", LongText, nullable=False),
        sa.Column("after", LongText, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "bank",
        sa.Column("id", key_text(12), nullable=False),
        sa.Column("name", key_text(120), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "candidate",
        sa.Column("id_number", key_text(18), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("employer", sa.String(length=120), nullable=False),
        sa.Column("mobile", sa.String(length=11), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("updated_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id_number"),
    )
    op.create_table(
        "exchange_appliance",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("journal_key", sa.String(length=44), nullable=False),
        sa.Column("sealing_key", sa.String(length=44), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", UtcMoment(), nullable=False),
        sa.Column("last_contact", UtcMoment(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("head_signature", sa.String(length=88), nullable=False),
        sa.Column("software", sa.String(length=60), nullable=False),
        sa.Column("report", LongText, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_exchange_appliance_site"), "exchange_appliance", ["site"], unique=False)
    op.create_table(
        "exchange_blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcMoment(), nullable=False),
        sa.Column("appliance", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "exchange_blob_grant",
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("site", "sha256"),
    )
    op.create_table(
        "exchange_certificate",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("issued_at", UtcMoment(), nullable=False),
        sa.Column("expires_at", UtcMoment(), nullable=False),
        sa.Column("revoked_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("serial"),
    )
    op.create_index(
        op.f("ix_exchange_certificate_appliance"), "exchange_certificate", ["appliance"], unique=False
    )
    op.create_table(
        "exchange_claim",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("made_at", UtcMoment(), nullable=False),
        sa.Column("expires_at", UtcMoment(), nullable=False),
        sa.Column("used_at", UtcMoment(), nullable=True),
        sa.Column("appliance", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256"),
    )
    op.create_index(op.f("ix_exchange_claim_site"), "exchange_claim", ["site"], unique=False)
    op.create_table(
        "exchange_counter",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "exchange_document",
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("signed", LongText, nullable=False),
        sa.PrimaryKeyConstraint("site", "kind", "name"),
    )
    op.create_index("exchange_document_site_version", "exchange_document", ["site", "version"], unique=True)
    op.create_table(
        "exchange_evidence",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", LongBytes, nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_exchange_evidence_appliance"), "exchange_evidence", ["appliance"], unique=False)
    op.create_table(
        "exchange_journal_entry",
        sa.Column("received", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("appliance", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("flag", sa.String(length=12), nullable=False),
        sa.Column("line", LongText, nullable=False),
        sa.PrimaryKeyConstraint("received"),
        sa.UniqueConstraint("appliance", "seq", name="exchange_journal_entry_appliance_seq"),
    )
    op.create_index(
        "exchange_journal_entry_site_received", "exchange_journal_entry", ["site", "received"], unique=False
    )
    op.create_index(
        "exchange_journal_entry_subject", "exchange_journal_entry", ["subject", "received"], unique=False
    )
    op.create_table(
        "exchange_released_key",
        sa.Column("site", sa.String(length=20), nullable=False),
        sa.Column("package", sa.String(length=48), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", "package"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("zh", sa.String(length=400), nullable=False),
        sa.Column("en", sa.String(length=400), nullable=False),
        sa.Column("report", LongText, nullable=True),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("finished_at", UtcMoment(), nullable=True),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_job_created_at"), "job", ["created_at"], unique=False)
    op.create_table(
        "roster",
        sa.Column("id", key_text(12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "site",
        sa.Column("code", key_text(20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("province", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("county", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("founded", sa.String(length=10), nullable=False),
        sa.Column("site_type", sa.String(length=12), nullable=False),
        sa.Column("person_in_charge", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "staff_account",
        sa.Column("username", key_text(32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("roles", sa.String(length=60), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("last_login", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("username"),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "arrangement_change_session",
        sa.Column("change", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session", key_text(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["change"],
            ["arrangement_change.id"],
        ),
        sa.PrimaryKeyConstraint("change", "session"),
    )
    op.create_index(
        op.f("ix_arrangement_change_session_session"), "arrangement_change_session", ["session"], unique=False
    )
    op.create_table(
        "bank_item",
        sa.Column("bank", key_text(12), nullable=False),
        sa.Column("item", key_text(64), nullable=False),
        sa.Column("from_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("topic", key_text(120), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.ForeignKeyConstraint(
            ["bank"],
            ["bank.id"],
        ),
        sa.PrimaryKeyConstraint("bank", "item", "from_version"),
    )
    op.create_index("bank_item_bank_until", "bank_item", ["bank", "until_version"], unique=False)
    op.create_table(
        "bank_version",
        sa.Column("bank", key_text(12), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank"],
            ["bank.id"],
        ),
        sa.PrimaryKeyConstraint("bank", "version"),
    )
    op.create_table(
        "blueprint",
        sa.Column("id", key_text(12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("bank", key_text(12), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("updated_at", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank"],
            ["bank.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("roster", key_text(12), nullable=False),
        sa.Column("candidate", key_text(18), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("resit", sa.Integer(), nullable=False),
        sa.Column("remark", LongText, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate"],
            ["candidate.id_number"],
        ),
        sa.ForeignKeyConstraint(
            ["roster"],
            ["roster.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("roster", "candidate", name="roster_entry_roster_candidate"),
    )
    op.create_index(op.f("ix_roster_entry_candidate"), "roster_entry", ["candidate"], unique=False)
    op.create_table(
        "site_room",
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("name", key_text(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(length=120), nullable=False),
        sa.Column("closed_seats", LongText, nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.code"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "name"),
    )
    op.create_table(
        "site_server",
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("name", key_text(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("address_kind", sa.String(length=12), nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        sa.Column("cpu_cores", sa.Integer(), nullable=False),
        sa.Column("memory_gb", sa.Integer(), nullable=False),
        sa.Column("disk_gb", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.code"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site", "name"),
    )
    op.create_table(
        "staff_login",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("username", key_text(32), nullable=False),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("opened_at", UtcMoment(), nullable=False),
        sa.Column("heard_at", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["staff_account.username"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index(op.f("ix_staff_login_username"), "staff_login", ["username"], unique=False)
    op.create_table(
        "exam_plan",
        sa.Column("id", key_text(12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("blueprint", key_text(12), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("pass_points", sa.Integer(), nullable=False),
        sa.Column("resits", sa.Integer(), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=False),
        sa.Column("show_result", sa.Boolean(), nullable=False),
        sa.Column("window_from", UtcMoment(), nullable=False),
        sa.Column("window_until", UtcMoment(), nullable=False),
        sa.Column("unlock_before_minutes", sa.Integer(), nullable=False),
        sa.Column("start_within_minutes", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blueprint"],
            ["blueprint.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "arrangement_proposal",
        sa.Column("id", key_text(12), nullable=False),
        sa.Column("plan", key_text(12), nullable=False),
        sa.Column("made_at", UtcMoment(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked", LongText, nullable=False),
        sa.Column("proposed", LongText, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan"],
            ["exam_plan.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exam_session",
        sa.Column("id", key_text(32), nullable=False),
        sa.Column("plan", key_text(12), nullable=False),
        sa.Column("site", key_text(20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_at", UtcMoment(), nullable=False),
        sa.Column("unlock_from", UtcMoment(), nullable=False),
        sa.Column("closes_at", UtcMoment(), nullable=False),
        sa.Column("ends_at", UtcMoment(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan"],
            ["exam_plan.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site"],
            ["site.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("exam_session_site_starts_at", "exam_session", ["site", "starts_at"], unique=False)
    op.create_index(op.f("ix_exam_session_plan"), "exam_session", ["plan"], unique=False)
    op.create_table(
        "admission_ticket",
        sa.Column("ticket", key_text(12), nullable=False),
        sa.Column("session", key_text(32), nullable=False),
        sa.Column("room", key_text(60), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("candidate", key_text(18), nullable=False),
        sa.Column("roster", key_text(12), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("resit", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate"],
            ["candidate.id_number"],
        ),
        sa.ForeignKeyConstraint(
            ["roster"],
            ["roster.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session"],
            ["exam_session.id"],
        ),
        sa.PrimaryKeyConstraint("ticket"),
        sa.UniqueConstraint("session", "candidate", name="admission_ticket_candidate"),
        sa.UniqueConstraint("session", "room", "seat", name="admission_ticket_seat"),
    )
    op.create_index(op.f("ix_admission_ticket_candidate"), "admission_ticket", ["candidate"], unique=False)
    op.create_index(op.f("ix_admission_ticket_roster"), "admission_ticket", ["roster"], unique=False)
    op.create_table(
        "exam_session_room",
        sa.Column("session", key_text(32), nullable=False),
        sa.Column("room", key_text(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["exam_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "room"),
    )
