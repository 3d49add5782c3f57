"""Tests that stand beside the policy: files to values, every problem with its place."""
