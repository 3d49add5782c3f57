"""What a template sees of an alert, in words for people."""
