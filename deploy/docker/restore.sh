#!/bin/sh
# restore.sh FOLDER: puts a backup into an empty installation and starts it. The secrets must be the
# backup's: copy its `env` to .env first. Events that were published are not in a backup; what was
# not yet published is, and goes out when the services start.
set -eu
cd "$(dirname "$0")/../.."
[ $# -eq 1 ] || { echo "usage: deploy/docker/restore.sh FOLDER" >&2; exit 2; }
folder=$(cd "$1" && pwd)
for name in ledgerport.dump objects.tar; do
    [ -f "$folder/$name" ] || { echo "restore: there is no $folder/$name" >&2; exit 1; }
done

compose() { docker compose ${LEDGERPORT_ENV_FILE:+--env-file "$LEDGERPORT_ENV_FILE"} "$@"; }
ask() { compose exec -T postgres psql -U postgres -d ledgerport -qtAX -c "$1"; }

compose up -d --build --wait postgres kafka object-store
if [ -n "$(compose ps -q api ingest-worker validator-worker ledger-worker exporter-worker)" ]; then
    echo "restore: services are running; this installation is not empty" >&2
    exit 1
fi
compose run --rm -T create-roles
if [ "$(ask "select count(*) from pg_tables where schemaname in ('access', 'ingest', 'ledger', 'exporter')")" != 0 ]; then
    echo "restore: this database is not empty" >&2
    exit 1
fi
compose run --rm -T create-topics
compose run --rm -T --no-deps create-topics python -m deploy.begin_topics
compose run --rm -T create-bucket
compose exec -T postgres pg_restore -U postgres -d ledgerport --clean --if-exists \
    --exit-on-error --single-transaction <"$folder/ledgerport.dump"
compose run --rm -T --no-deps create-bucket python -m deploy.bucket_archive load <"$folder/objects.tar"
compose up -d --wait
echo "restore: done; try it with: docker compose run --rm ledgerport prove --day YYYY-MM-DD"
