"""What candidate machines and invigilator machines report of themselves, kept beside the journal."""
