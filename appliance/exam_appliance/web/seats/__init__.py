"""What candidate machines and their agents call, and the gate before the exam's pages."""
