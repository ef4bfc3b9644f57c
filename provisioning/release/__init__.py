"""What a site server runs, in one archive: Python packages as locked, our own, libraries of the pages."""
