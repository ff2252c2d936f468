umask 077
mkdir -p secrets
# a key for each person; give it to nobody else:
for person in ${PEOPLE:-$(id -un)}; do
  test -s secrets/"$person".key || openssl rand -hex 16 > secrets/"$person".key
done
for file in secrets/*.key; do
  test "$file" = secrets/tls.key && continue
  printf '"Bearer %s" %s;\n' "$(cat "$file")" "$(basename "$file" .key)"
done > secrets/keys.conf
# the provider's key, which nobody else sees:
: "${ANTHROPIC_API_KEY:?export the key of the provider under this name first}"
printf 'proxy_set_header x-api-key "%s";\n' "$ANTHROPIC_API_KEY" > secrets/provider-key.conf
export GATEWAY_KEYS_FILE="$PWD/secrets/keys.conf"
export PROVIDER_KEY_FILE="$PWD/secrets/provider-key.conf"
# file with the certificate of claude.example.com and its chain:
: "${TLS_CERTIFICATE_FILE:?}"; export TLS_CERTIFICATE_FILE
# file with its private key:
: "${TLS_KEY_FILE:?}"; export TLS_KEY_FILE
# the containers run as you, so that they can read the files above and nothing more:
export LLM_GATEWAY_USER="$(id -u):$(id -g)"
docker compose config --quiet
docker compose up --detach --wait
# a new version: change the tag of the image, then:
#   docker compose pull && docker compose up --detach --wait claude-nginx
# back: put the old tag in again and repeat; stop everything, data kept: docker compose down
