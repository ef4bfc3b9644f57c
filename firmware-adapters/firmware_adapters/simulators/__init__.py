"""Simulated devices that speak the real protocols on real wires: for tests, the demo and its dock."""
