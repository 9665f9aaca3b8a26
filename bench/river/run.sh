#!/usr/bin/env bash
# A PostgreSQL of its own on this machine's loopback, for as long as the
# measurement takes. Needs Debian's postgresql package.
set -euo pipefail
cd "$(dirname "$0")"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
dir=$(mktemp -d)
as() { if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
mkdir "$dir/data" "$dir/lectern"
((EUID != 0)) || chown -R postgres "$dir"
trap 'as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
as "$bin/initdb" -D "$dir/data" -A trust -U lectern >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -w -o "-c listen_addresses=127.0.0.1 -c port=54329 -c unix_socket_directories=$dir" -l "$dir/log" start >/dev/null
go run -tags "$(make -s -C ../.. print-tags)" . -postgres "postgres://lectern@127.0.0.1:54329/postgres" -dir "$dir/lectern" "$@"
