"""From a run to an alert, and from an alert to a message: values first, words after them."""
