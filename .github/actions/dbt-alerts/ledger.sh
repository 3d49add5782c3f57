#!/usr/bin/env bash
# Keep the file ledger on a branch of its own, checked out in the ledger's folder.
#
#   ledger.sh lay-out   check the branch out; an empty one if there is none yet
#   ledger.sh keep      commit the ledger file, nothing else in that folder, and push
#
# The push is never forced: if somebody else moved the branch, their ledger stands and this run fails, loudly.
set -euo pipefail

branch=$LEDGER_BRANCH
folder=$(dirname "$LEDGER_FILE")
file=$(basename "$LEDGER_FILE")

# The token reaches git through the environment: not on a command line, not in a file that later steps could read.
if [ -n "${GH_TOKEN:-}" ]; then
    export GIT_CONFIG_COUNT=1
    export GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader"
    GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 | tr -d '\n')"
    export GIT_CONFIG_VALUE_0
fi
export GIT_AUTHOR_NAME="dbt-alerts" GIT_AUTHOR_EMAIL="dbt-alerts@users.noreply.github.com"
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

lay_out() {
    if git ls-remote --exit-code origin "refs/heads/$branch" >/dev/null; then
        git fetch --quiet --depth=1 origin "+refs/heads/$branch:refs/heads/$branch"
    else
        [ $? -eq 2 ] || { echo "::error::the remote did not answer: without its ledger nothing may run" && exit 1; }
        git branch --force "$branch" "$(git commit-tree -m "Start the ledger" "$(git mktree </dev/null)")"
    fi
    git worktree add --quiet "$folder" "$branch"
}

keep() {
    if [ ! -f "$folder/$file" ]; then
        echo "No ledger was written."
        return
    fi
    git -C "$folder" add --force -- "$file"
    if git -C "$folder" diff --cached --quiet; then
        echo "The ledger did not change."
    else
        git -C "$folder" commit --quiet -m "Ledger after run ${GITHUB_RUN_ID:-by hand} at ${GITHUB_SHA:-$(git rev-parse HEAD)}" -- "$file"
    fi
    push
}

# A rejected push is final; a network that is away for a moment is not.
push() {
    for pause in ${LEDGER_PAUSES-2 4 8 16 0}; do
        if answer=$(git push origin "refs/heads/$branch:refs/heads/$branch" 2>&1); then
            return 0
        fi
        case $answer in *rejected*) break ;; esac
        sleep "$pause"
    done
    printf '%s\n' "$answer" >&2
    echo "::error::the ledger was not pushed to $branch; the next run owns less than this one did, so it only adds"
    return 1
}

case ${1:-} in
lay-out) lay_out ;;
keep) keep ;;
*)
    echo "usage: ledger.sh lay-out | keep" >&2
    exit 64
    ;;
esac
