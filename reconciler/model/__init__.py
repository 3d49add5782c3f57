"""Frozen values without I/O: everything that is ever planned, applied or rendered."""
