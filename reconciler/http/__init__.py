"""HTTP to dbt Cloud: the only import of httpx outside the sandbox (docs/adr/0004).

origin    which hosts a token may go to
pace      how long to wait, and for how long in all
answers   what a status and a body mean
trial     whether a call is tried again, and what is said after the last try
client    one client: limits, retries, masking
"""

from reconciler.http.answers import Explain, Unreadable
from reconciler.http.client import MAX_IN_FLIGHT, Client, Decode, Transport
from reconciler.http.origin import Origin, trusted_origin
from reconciler.http.pace import Clock, Pace

__all__ = [
    "MAX_IN_FLIGHT",
    "Client",
    "Clock",
    "Decode",
    "Explain",
    "Origin",
    "Pace",
    "Transport",
    "Unreadable",
    "trusted_origin",
]
