"""Drift as text, Markdown and JSON."""
