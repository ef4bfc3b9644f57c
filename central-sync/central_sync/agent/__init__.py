"""The half of the sync that runs at the site."""
