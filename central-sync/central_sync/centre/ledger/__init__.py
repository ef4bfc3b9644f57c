"""The ledger (台账): every arranged candidate of every session in exactly one explained state."""
