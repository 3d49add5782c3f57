"""Pure: what should be, what is, and the difference, judged. No module here does I/O."""
