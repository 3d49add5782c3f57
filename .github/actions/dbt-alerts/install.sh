#!/usr/bin/env bash
# Put `dbt-alerts` on the PATH of the following steps.
set -euo pipefail

if [ -n "${INSTALL:-}" ]; then
    environment=$RUNNER_TEMP/dbt-alerts
    python -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$INSTALL"
elif [ -x ./run ] && grep -q '^name = "dbt-alerts-as-code"$' pyproject.toml; then
    PYTHON=python ./run --version
    environment=$PWD/.venv
else
    echo "::error::set the repository variable DBT_ALERTS_INSTALL to what pip shall install, pinned"
    exit 64
fi
echo "$environment/bin" >>"$GITHUB_PATH"
