"""The candidate's page and its interface."""
