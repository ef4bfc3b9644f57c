"""Long work (imports, packages) that pages watch."""
