"""Simulated devices that speak the real protocols on real wires: for tests, demos and the dock of the console."""
