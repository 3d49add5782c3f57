"""An editor lints one file at every save: nothing is loaded that only plans, or only live, needs."""

import json
import subprocess
import sys
from pathlib import Path

LOADED = """
import json, sys
from reconciler.cli.main import main
try:
    main(["lint", sys.argv[1]])
except SystemExit as done:
    print(json.dumps([done.code, sorted(sys.modules)]))
"""


def test_linting_a_file_loads_nothing_of_what_plans(tmp_path: Path) -> None:
    file = tmp_path / "team.yml"
    file.write_text("team: finance\njobs:\n  - {match: {name: Load}, tier: high}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", LOADED, str(file)], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout
    only_elsewhere = ("reconciler.plan", "reconciler.model.plan", "reconciler.model.actions", "reconciler.cloud")
    assert [module for module in modules if module.startswith((*only_elsewhere, "httpx", "holidays"))] == []
