"""The same sandbox and folder as the scenarios: every sentence is tried at the command line where it can be."""

from tests.scenarios.conformity_lab import bench, bench_with, conformity_sandbox

__all__ = ["bench", "bench_with", "conformity_sandbox"]
