"""The practice hall (练习考场): invented candidates in a hall of its own, never mixed with real ones."""
