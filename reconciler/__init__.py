"""Alerting for dbt Cloud as code. The command is `dbt-alerts`; the page to read first is `reconcile.py`."""

__version__ = "0.1.0"
