"""Who hears of what: covered, declared silent, uncovered; by team, tier and outcome."""
