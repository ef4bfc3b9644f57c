"""The one durable log: entries, group commit, receipts, verification."""
