"""Documents to policy: names checked, sugar gone, every value with its place."""
