"""Staff of the site: accounts, passwords, roles, log-in and its sessions."""
