"""Staff accounts of the centre: passwords, log-ins, roles."""
