"""Made-up alerts that look like real ones."""
