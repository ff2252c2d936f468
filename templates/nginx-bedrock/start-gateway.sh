umask 077
mkdir -p /etc/nginx/claude
# a key for each person; give it to nobody else:
for person in ${PEOPLE:-$(id -un)}; do
  test -s /etc/nginx/claude/"$person".key || openssl rand -hex 16 > /etc/nginx/claude/"$person".key
done
for file in /etc/nginx/claude/*.key; do
  test "$file" = /etc/nginx/claude/tls.key && continue
  printf '"Bearer %s" %s;\n' "$(cat "$file")" "$(basename "$file" .key)"
done > /etc/nginx/claude/keys.conf
# the provider's key, which nobody else sees:
: "${AWS_BEARER_TOKEN_BEDROCK:?export the key of the provider under this name first}"
printf 'proxy_set_header authorization "Bearer %s";\n' "$AWS_BEARER_TOKEN_BEDROCK" > /etc/nginx/claude/provider-key.conf
test -s /etc/nginx/claude/tls.crt && test -s /etc/nginx/claude/tls.key   # certificate and key of claude.example.com
nginx -t && nginx -s reload
