"""What comes from the centre: documents, packages and keys; and the unlocking of sessions."""
