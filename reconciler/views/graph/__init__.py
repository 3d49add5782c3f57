"""Jobs, tiers, channels and escalation as nodes and roads."""
