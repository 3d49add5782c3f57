"""Relayed channels: one file per kind, from a message to what the vendor answered (contract.py)."""
