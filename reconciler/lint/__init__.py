"""Pure: the organisation's guardrails. Rules find, the engine judges: levels, excuses, baselines."""
