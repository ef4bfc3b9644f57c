"""Office printers through CUPS and IPP, and receipt printers that speak ESC/POS (below `receipt`)."""
