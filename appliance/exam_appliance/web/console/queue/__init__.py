"""The console's operations and pages on the queue: calling, priorities, screens."""
