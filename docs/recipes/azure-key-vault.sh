#!/bin/sh
# Azure Key Vault. The login is az's own, and
#   SINK_AZURE_VAULT   the vault's name
#   SINK_PREFIX        what the secrets' names begin with: dbt-alerts
# The identity needs the role Key Vault Secrets Officer.
set -eu
here=$(dirname -- "$0")
# shellcheck source-path=SCRIPTDIR source=lines.sh
. "$here/lines.sh"

vault=${SINK_AZURE_VAULT:?name the vault in SINK_AZURE_VAULT}
name=${SINK_PREFIX:-dbt-alerts}-$(store_name)
# shellcheck disable=SC2034 # lines.sh prints it
place="azure $vault/$name"

read_kept() {
    unless_missing SecretNotFound \
        az keyvault secret show --vault-name "$vault" --name "$name" --query value --output tsv
}

write_kept() {
    az keyvault secret set --vault-name "$vault" --name "$name" --file /dev/stdin --encoding utf-8 --output none
}

check_store() { az keyvault secret list --vault-name "$vault" --maxresults 1 --query '[].id' --output none; }

sink_step "$1"
