"""A working repository to begin with: policies, guardrails, workflows, hooks."""
