"""The likely cause of a failure, by what a warehouse's message says."""
