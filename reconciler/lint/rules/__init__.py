"""One module for each rule: why it is there, and one function that finds."""
