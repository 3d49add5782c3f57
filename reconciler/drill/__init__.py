"""Test alerts: what is sent, looked at and read back in order to know that people can be told, and its record."""
