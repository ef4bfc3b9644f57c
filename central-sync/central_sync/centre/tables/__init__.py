"""The centre's tables beside those of the exchange, a file for each concern."""
