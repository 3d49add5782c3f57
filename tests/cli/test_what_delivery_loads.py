"""What tells people is loaded when somebody is told: not by `--help`, nor by a question about the command line."""

import json
import subprocess
import sys

LOADED = """
import json, sys
from reconciler.cli.main import COMMANDS, LazyGroup
at_help = sorted(sys.modules)
for name in sorted(set(COMMANDS) - {"sandbox", "demo"}):
    LazyGroup().get_command(None, name)
print(json.dumps([at_help, sorted(sys.modules)]))
"""
DELIVERY = {
    *("aiosmtpd", "apprise", "ijson", "jinja2", "smtplib", "standardwebhooks"),
    *("reconciler.alerts", "reconciler.channels", "reconciler.drill", "reconciler.relay"),
}
HEAVY = {"httpx", "pydantic", "ruamel.yaml", "rich", "starlette", "reconciler.cloud", "reconciler.policy"}


def test_no_command_loads_what_delivers_before_it_runs() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    at_help, with_all_commands = map(set, json.loads(done.stdout))
    assert at_help & (DELIVERY | HEAVY) == set()
    assert "reconciler.cli.alert_test" in with_all_commands
    assert with_all_commands & DELIVERY == set()
