"""Pure: whose job it is, what its rule says, who is told through what. Explain, coverage, the relay are views of it."""
