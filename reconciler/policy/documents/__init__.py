"""What a policy file may hold, as models: one for every mapping of the language."""
