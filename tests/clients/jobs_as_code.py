"""A hand on dbt-jobs-as-code, running in another interpreter."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from reconciler.sandbox import RunningSandbox
from tests.clients.dbtc_client import environment
from tests.contract.contract_api import Json

__all__ = ["JobsAsCode"]

# One job of the seeded account is managed by another file, as its name says; left in, this file would delete it.
OTHERS = ("--exclude-identifiers-matching", "^budget-load$")
RUN = "from dbt_jobs_as_code.main import cli; cli()"


@dataclass(frozen=True, slots=True)
class JobsAsCode:
    python: Path
    sandbox: RunningSandbox
    folder: Path

    def write(self, **jobs: Json) -> None:
        """Write the jobs file: YAML, of which JSON is a part."""
        (self.folder / "jobs.yml").write_text(json.dumps({"jobs": jobs}))

    def run(self, command: str, *arguments: str) -> str:
        """Run a command that must succeed; what it printed."""
        done = subprocess.run(
            [self.python, "-c", RUN, command, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=environment(self.sandbox) | {"DBT_API_KEY": self.sandbox.token, "DBT_BASE_URL": self.sandbox.url},
        )
        assert done.returncode == 0, f"dbt-jobs-as-code {command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def changes(self, command: str) -> Json:
        """Run `plan` or `sync` and answer its JSON."""
        return json.loads(self.run(command, "jobs.yml", "--json", *OTHERS).splitlines()[-1])

    def planned(self) -> set[tuple[str, str, str]]:
        """Answer what a plan would do: kind, action, identifier."""
        plan = self.changes("plan")
        found = [*plan["job_changes"], *plan["env_var_overwrite_changes"]]
        return {(change["type"].lower(), change["action"].lower(), change["identifier"]) for change in found}
