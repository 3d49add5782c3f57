"""An emulator of dbt Cloud for tests and demonstrations: its Admin API, its runs, its deliveries.

It imports nothing of the rest of the package: an emulator that shares code with the client proves nothing.
"""
