#!/bin/sh
# Google Cloud Secret Manager. Project and credentials are gcloud's own, and
#   SINK_PREFIX   what the secrets' names begin with: dbt-alerts
# The secret is made once: gcloud secrets create NAME; its name is what `probe` says that it misses.
# The account needs the roles Secret Version Adder, Secret Accessor and Viewer on it.
set -eu
here=$(dirname -- "$0")
# shellcheck source-path=SCRIPTDIR source=lines.sh
. "$here/lines.sh"

name=${SINK_PREFIX:-dbt-alerts}-$(store_name)
# shellcheck disable=SC2034 # lines.sh prints it
place="gcp $name"

read_kept() { unless_missing NOT_FOUND gcloud secrets versions access latest --secret="$name"; }

write_kept() { gcloud secrets versions add "$name" --data-file=- > /dev/null; }

check_store() { gcloud secrets describe "$name" --format='value(name)' > /dev/null; }

sink_step "$1"
