"""The data plane: from what happened to a run to the people who must know."""
