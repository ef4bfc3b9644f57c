"""Routes beside their pages; no rule of the exam lives here."""
