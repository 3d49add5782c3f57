#!/usr/bin/env bash
# Show a text on its pull request: one comment of that name, made once and rewritten by every later push.
#
#   comment.sh FILE [NAME]     NAME is `plan` unless given; needs GH_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST
set -euo pipefail

marker="<!-- dbt-alerts ${2:-plan} -->"
limit=60000 # GitHub takes 65,536 characters

body=$(mktemp)
trap 'rm -f "$body"' EXIT
python3 - "$1" "$marker" "$limit" >"$body" <<'PY'
import sys

path, marker, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(path, encoding="utf-8") as file:
    text = file.read()
if len(text) > limit:
    text = text[:limit].rsplit("\n", 1)[0] + "\n\n…\n\nThis is longer than a comment may be; all of it is in the job's summary.\n"
sys.stdout.reconfigure(encoding="utf-8")
print(marker, text, sep="\n")
PY

comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
ours="[.[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id][0] // empty"
id=$(gh api --paginate "$comments?per_page=100" --jq "$ours" | head -n 1)
if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field body=@"$body"
else
    gh api --silent --method POST "$comments" --field body=@"$body"
fi
