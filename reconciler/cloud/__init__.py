"""dbt Cloud: the only place that sees the API's JSON. `Reader` sends GETs only and is all that a plan is given.

session    a client for one account
reader     GETs: the inventory, fresh rows and subscriptions
writer     creates, replaces, deletions; each verified by re-reading
deliveries test deliveries, and how the receiver answered
snapshot   an inventory as a file, and back
wire       what the API's JSON holds      rows   its rows in our words
paging     pages into one whole list, or an error
"""

from reconciler.cloud.inventory import Progress
from reconciler.cloud.reader import Reader
from reconciler.cloud.session import open_client
from reconciler.cloud.writer import RowChange, Writer

__all__ = ["Progress", "Reader", "RowChange", "Writer", "open_client"]
