"""The families of simulators as they stand in the dock: their places, their acts, and what each needs."""
