"""The centre's interface for its console: models and thin routes."""
