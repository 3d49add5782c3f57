"""Explanations as text and JSON."""
