"""The rehearsal (压力演练): invented candidates sit the practice session of a running site over real HTTP."""
