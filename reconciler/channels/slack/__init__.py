"""Slack: an incoming webhook, or a bot that threads and edits."""
