"""E-mail: one document that every server takes, handed over once."""
