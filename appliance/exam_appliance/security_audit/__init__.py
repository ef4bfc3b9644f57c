"""The security audit that a site server does by itself: the standard's row `site.security_software`."""
