"""An alert in the words of a template: sandboxed, in a process that can be ended, escaped for its medium."""
