"""A run of `alert-test` for people and machines: text, Markdown, JUnit, JSON, one HTML page."""
