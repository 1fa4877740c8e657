#!/bin/sh
# backup.sh FOLDER: the database, the files and the secrets of a running installation, in this order:
# every file that the database knows is then among the files. Nothing is stopped.
set -eu
cd "$(dirname "$0")/../.."
[ $# -eq 1 ] || { echo "usage: deploy/docker/backup.sh FOLDER" >&2; exit 2; }
umask 077
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ -z "$(ls -A "$folder")" ] || { echo "backup: $folder is not empty" >&2; exit 1; }

compose() { docker compose ${LEDGERPORT_ENV_FILE:+--env-file "$LEDGERPORT_ENV_FILE"} "$@"; }

compose exec -T postgres pg_dump -U postgres -d ledgerport -Fc >"$folder/ledgerport.dump"
compose run --rm -T --no-deps create-bucket python -m deploy.bucket_archive save >"$folder/objects.tar"
cp "${LEDGERPORT_ENV_FILE:-.env}" "$folder/env"
echo "backup: $(du -sh "$folder" | cut -f1) in $folder; it holds the secrets (env): keep those apart"
