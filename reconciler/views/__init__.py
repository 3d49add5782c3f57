"""Pure views of routing, for people: explain, coverage, the graph, policy tests."""
