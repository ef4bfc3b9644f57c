"""The console's identity desk (核验台): its page, its operations, its stream."""
