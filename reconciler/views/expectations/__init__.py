"""What policy tests expect, held against what routing says."""
