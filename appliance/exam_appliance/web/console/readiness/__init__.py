"""The console's pages and operations of readiness, form 4 and pre-flight, and what machines report."""
