"""The stages of `alert-test`, one module each, all with one signature: from a bench to evidence."""
