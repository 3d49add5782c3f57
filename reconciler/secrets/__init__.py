"""Where a webhook's HMAC secret goes the one time dbt Cloud shows it (reference §3.3).

A sink is proved reachable before an apply writes anything, stores, and gives a receipt that the ledger keeps.
"""

from reconciler.secrets.command import CommandSink
from reconciler.secrets.file import FileSink
from reconciler.secrets.opening import sink_opener

__all__ = ["CommandSink", "FileSink", "sink_opener"]
