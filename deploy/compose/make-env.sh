#!/bin/sh
# Writes what docker-compose.yml needs into .env (or the file that is named), with secrets of this machine's own. What is there
# already stays as it is, so it can be run again, after an upgrade too.
#   sh deploy/compose/make-env.sh
set -eu
file=${1:-$(dirname "$0")/../../.env}
socket=${DOCKER_SOCKET:-/var/run/docker.sock}
umask 077
touch "$file"

secret() { od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# add <key> <value> <sentence>
add() {
  if grep -q "^$1=" "$file"; then return; fi
  # A file that somebody wrote may end without a newline.
  if [ -n "$(tail -c 1 "$file")" ]; then echo >>"$file"; fi
  printf '# %s\n%s=%s\n' "$3" "$1" "$2" >>"$file"
}

add COMPOSE_PROJECT_NAME sluice 'Names of containers, networks and volumes begin with it.'
add API_ADDRESS 127.0.0.1 'The address of this machine where the API answers; for others than this machine also set AUTH_MODE=required.'
add AUTH_MODE open 'open: keys are optional, and X-User-ID is believed. required: no key, no service.'
add ADMIN_TOKEN "$(secret)" 'Opens the admin pages.'
add API_KEY_SECRET "$(secret)" 'API keys are stored under it; another value makes every key unknown.'
add SCALER_HOOK_TOKEN "$(secret)" 'What Alertmanager shows the scaler.'
add REDIS_PASSWORD "$(secret)" 'Letters and digits only, because it becomes part of a URL; so do those of PostgreSQL.'
add POSTGRES_PASSWORD "$(secret)" 'PostgreSQL keeps this and the next one from its first start on: changing them here is not enough then.'
add POSTGRES_READER_PASSWORD "$(secret)" 'Of a role that may read what dashboards show.'
add GRAFANA_PASSWORD "$(secret)" 'Of the user admin, from the first start on.'
add DOCKER_SOCKET "$socket" 'The Docker Engine in which the scaler starts workers.'
add DOCKER_GID "$(stat -L -c %g "$socket" 2>/dev/null || echo 0)" 'The group that may open this socket.'
echo "$file is complete. Start with: docker compose up -d"
