"""Microsoft Teams: a card through a workflow."""
