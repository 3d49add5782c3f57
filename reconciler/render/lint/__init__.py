"""What lint found, as text with a caret, JSON, SARIF, annotations and JUnit."""
