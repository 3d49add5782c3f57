"""Monte Carlo: what failed, as artifacts of a run."""
