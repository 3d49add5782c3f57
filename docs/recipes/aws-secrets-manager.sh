#!/bin/sh
# AWS Secrets Manager. Region and credentials are the command line's own, and
#   SINK_PREFIX   what the secrets' names begin with: dbt-alerts
# The secret is made once: aws secretsmanager create-secret --name NAME, without a value, because a value counts as a
# key. Its name is what `probe` says that it misses.
# The role needs secretsmanager:DescribeSecret, GetSecretValue and PutSecretValue on PREFIX/*.
set -eu
here=$(dirname -- "$0")
# shellcheck source-path=SCRIPTDIR source=lines.sh
. "$here/lines.sh"

name=${SINK_PREFIX:-dbt-alerts}/$(store_name)
# shellcheck disable=SC2034 # lines.sh prints it
place="aws $name"

read_kept() {
    unless_missing ResourceNotFoundException \
        aws secretsmanager get-secret-value --secret-id "$name" --query SecretString --output text
}

write_kept() {
    aws secretsmanager put-secret-value --secret-id "$name" --secret-string file:///dev/stdin > /dev/null
}

check_store() { aws secretsmanager describe-secret --secret-id "$name" --query ARN --output text > /dev/null; }

sink_step "$1"
