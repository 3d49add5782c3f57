"""Datadog: points of a finished run, and an event of what went wrong."""
