#!/bin/sh
# HashiCorp Vault or OpenBao, KV version 2. Reads VAULT_ADDR and VAULT_TOKEN as the command line does, and
#   SINK_VAULT_MOUNT   the mount of the KV engine: secret
#   SINK_PREFIX        the folder in it: dbt-alerts
# The token needs create, read and update on MOUNT/data/PREFIX/*.
set -eu
here=$(dirname -- "$0")
# shellcheck source-path=SCRIPTDIR source=lines.sh
. "$here/lines.sh"

mount=${SINK_VAULT_MOUNT:-secret}
path=${SINK_PREFIX:-dbt-alerts}/$(store_name)
# shellcheck disable=SC2034 # lines.sh prints it
place="vault $mount/$path"

read_kept() { unless_missing "No value found" vault kv get -mount="$mount" -field=secrets "$path"; }

write_kept() { vault kv put -mount="$mount" "$path" secrets=- > /dev/null; }

check_store() {
    may=$(vault token capabilities "$mount/data/$path")
    case $may in
        *root* | *update*) return 0 ;;
    esac
    printf 'the token may not update %s: %s\n' "$path" "$may" >&2
    return 1
}

sink_step "$1"
