"""Centre and site in step: the words they share, the site's half and the issuing service."""
