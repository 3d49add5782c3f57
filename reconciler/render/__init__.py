"""Values → text, Markdown, JSON. Leaves: nothing here decides, and nothing below imports it."""
