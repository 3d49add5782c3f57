#!/bin/sh
# GitHub Actions secrets of one repository. The token is gh's own (GH_TOKEN), and
#   SINK_GITHUB_REPO   OWNER/NAME
# It needs to read and write secrets and variables of that repository: the GITHUB_TOKEN of a workflow may not.
#
# GitHub shows no secret again, so nothing can be put beside another in one text. Each secret has a slot of its own,
# NAME_1 to NAME_4, and the variable NAME_SLOTS says which are in use, newest first: "2:fingerprint 1:fingerprint".
# A workflow hands all four to its receiver; an empty one is none. NAME has the account's number in it: one policy for two
# accounts has a webhook of the same name in both.
set -eu

repo=${SINK_GITHUB_REPO:?name the repository in SINK_GITHUB_REPO}
plain=$(printf '%s' "$DBT_ALERTS_SINK_NAME" | LC_ALL=C tr -c 'A-Za-z0-9' '_' | tr '[:lower:]' '[:upper:]' | cut -c 1-60)
whole="$DBT_ALERTS_SINK_HOST $DBT_ALERTS_SINK_MANAGER $DBT_ALERTS_SINK_NAME"
digest=$(printf '%s' "$whole" | { sha256sum 2> /dev/null || shasum -a 256; } | cut -c 1-8)
name=DBT_WEBHOOK_${DBT_ALERTS_SINK_ACCOUNT}_${plain}_$(printf '%s' "$digest" | tr '[:lower:]' '[:upper:]')
fingerprint=$DBT_ALERTS_SINK_FINGERPRINT

# Only the call that stores may read standard input: the secret is waiting there.
slots() {
    gh variable list --repo "$repo" --json name,value \
        --jq ".[] | select(.name == \"${name}_SLOTS\") | .value" < /dev/null
}

names() { gh secret list --repo "$repo" --json name --jq '.[].name' < /dev/null; }

note() { gh variable set "${name}_SLOTS" --repo "$repo" --body "$1" < /dev/null > /dev/null; }

# Delete slot $1 if there is a secret in it.
empty() {
    found=$(names)
    case "
$found
" in
        *"
${name}_$1
"*) gh secret delete "${name}_$1" --repo "$repo" < /dev/null > /dev/null ;;
    esac
}

# Print those of the slots $1 that do not hold the secret that this is about.
others() {
    for slot in $1; do
        if [ "${slot#*:}" != "$fingerprint" ]; then printf '%s ' "$slot"; fi
    done
}

# Print the first slot that is not among $1.
free() {
    for number in 1 2 3 4; do
        case " $1" in
            *" $number:"*) ;;
            *)
                echo "$number"
                return 0
                ;;
        esac
    done
    printf 'all four slots of %s are in use: delete one that no webhook needs, and its part of %s_SLOTS\n' \
        "$name" "$name" >&2
    return 1
}

# Put standard input into a free slot, and say that it is in use, before $1.
fill() {
    number=$(free "$1")
    gh secret set "${name}_$number" --repo "$repo" > /dev/null
    note "$number:$fingerprint $1"
    echo "github $repo ${name}_$number"
}

used=$(slots)
case $1 in
    probe)
        names > /dev/null
        echo rotates
        ;;
    store)
        fill "$used"
        for slot in $used; do empty "${slot%%:*}"; done
        newest=$(slots)
        note "${newest%% *}"
        ;;
    add)
        fill "$(others "$used")"
        ;;
    retire)
        left=$(others "$used")
        if [ -n "$left" ]; then
            for slot in $used; do
                if [ "${slot#*:}" = "$fingerprint" ]; then empty "${slot%%:*}"; fi
            done
            note "$left"
        fi
        ;;
    *)
        printf 'unknown step: %s\n' "$1" >&2
        exit 64
        ;;
esac
