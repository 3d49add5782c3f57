"""Run inside the clients' interpreter: a call of dbtc's Admin client per line of stdin, an answer per line of stdout.

Imports nothing of this project. A call is {"method", "args", "kwargs"}; an answer {"result"} or {"raised", "text"}.
"""

import json
import os
import sys

from dbtc import dbtCloudClient  # pyrefly: ignore [missing-import] - installed in the other interpreter


def main() -> None:
    # Its three clients share a session and the last one's header wins: without a service token "Bearer None" is sent.
    token = os.environ["SANDBOX_TOKEN"]
    client = dbtCloudClient(host=os.environ["SANDBOX_HOST"], api_key=token, service_token=token).cloud
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"result": getattr(client, call["method"])(*call["args"], **call["kwargs"])}
        except Exception as error:  # noqa: BLE001 - whatever the client raises is the answer
            answer = {"raised": type(error).__name__, "text": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
