# The steps of a secret sink for a store whose text can be read again: one secret on each line, the newest first.
# Sourced, with the step as its argument, by a recipe that has defined
#
#   place         where the text is, to tell people: printed as the receipt
#   read_kept     print the text; print nothing and return 0 where there is none yet; return 1 for any other trouble
#   write_kept    replace the text by standard input
#   check_store   return 0 if write_kept would work now
#
# A secret is in variables and pipes only: never in an argument of a program, never in the environment.
# shellcheck shell=sh disable=SC2154 # the recipe sets place

# Print the first $1 hex digits of the SHA-256 of standard input.
digest() {
    if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -c "1-$1"
}

# Print a name for this webhook that no other one has, of letters, digits and dashes: it begins with the account's
# number, because one policy for two accounts has a webhook of the same name in both.
store_name() {
    plain=$(printf '%s' "$DBT_ALERTS_SINK_NAME" | LC_ALL=C tr -c 'A-Za-z0-9' '-' | cut -c 1-60)
    whole="$DBT_ALERTS_SINK_HOST $DBT_ALERTS_SINK_MANAGER $DBT_ALERTS_SINK_NAME"
    printf '%s-%s-%s' "$DBT_ALERTS_SINK_ACCOUNT" "$plain" "$(printf '%s' "$whole" | digest 8)"
}

# Print what the command after $1 prints; nothing where it fails and says $1, which is how it says "not there".
unless_missing() {
    missing=$1
    shift
    code=0
    { said=$("$@" 2>&1 >&3) || code=$?; } 3>&1
    case $code:$said in
        0:*) return 0 ;;
        *"$missing"*) return 0 ;;
    esac
    printf '%s\n' "$said" >&2
    return 1
}

# Hand on the lines of standard input but the secret of fingerprint $1. printf is the shell's own here.
without() {
    while IFS= read -r line; do
        found=$(printf 'dbt-alerts receipt\0%s' "$line" | digest 12)
        if [ -n "$line" ] && [ "$found" != "$1" ]; then printf '%s\n' "$line"; fi
    done
}

sink_step() {
    case $1 in
        probe)
            check_store
            read_kept > /dev/null
            echo rotates
            ;;
        store)
            write_kept
            printf '%s\n' "$place"
            ;;
        add)
            new=$(cat)
            kept=$(read_kept)
            others=$(printf '%s\n' "$kept" | without "$DBT_ALERTS_SINK_FINGERPRINT")
            printf '%s' "$new${others:+
$others}" | write_kept
            printf '%s\n' "$place"
            ;;
        retire)
            kept=$(read_kept)
            others=$(printf '%s\n' "$kept" | without "$DBT_ALERTS_SINK_FINGERPRINT")
            if [ -n "$others" ] && [ "$others" != "$kept" ]; then printf '%s' "$others" | write_kept; fi
            ;;
        *)
            printf 'unknown step: %s\n' "$1" >&2
            return 64
            ;;
    esac
}
