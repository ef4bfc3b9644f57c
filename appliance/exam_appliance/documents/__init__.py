"""Everything that is printed: templates filled with facts, made into PDF by a process of its own."""
