#!/usr/bin/env bash
# Answer git's questions with the job's token, for GitHub and for nobody else. The token stays in the environment of the
# step that has it: it is on no command line and in no file.
set -euo pipefail

server=${GITHUB_SERVER_URL:-https://github.com}
case $1 in
"Username for '$server"[/\']*) echo x-access-token ;;
"Password for '${server%%://*}://x-access-token@${server#*://}"[/\']*) printf '%s\n' "$GH_TOKEN" ;;
*) exit 1 ;;
esac
