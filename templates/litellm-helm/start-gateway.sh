# a random gateway key, made once and readable only by you:
mkdir -p "$(dirname "$HOME/.config/llm-gateway/litellm.key")"
test -s "$HOME/.config/llm-gateway/litellm.key" || (umask 077; python3 -c 'import secrets; print('"'"'sk-'"'"' + secrets.token_urlsafe(32))' > "$HOME/.config/llm-gateway/litellm.key")
export LITELLM_MASTER_KEY="$(cat "$HOME/.config/llm-gateway/litellm.key")"
# Redis that the instances share:
: "${REDIS_HOST:?}"; export REDIS_HOST
# its port:
: "${REDIS_PORT:?}"; export REDIS_PORT
# its password:
: "${REDIS_PASSWORD:?}"; export REDIS_PASSWORD
kubectl create namespace llm-gateway --dry-run=client -o yaml | kubectl apply -f -
# the variables as a Secret, through a pipe and not on a command line (where every user could read them):
printenv | grep -E '^(LITELLM_MASTER_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_BEARER_TOKEN_BEDROCK|REDIS_HOST|REDIS_PORT|REDIS_PASSWORD)=' \
  | kubectl -n llm-gateway create secret generic litellm-secrets --from-env-file=/dev/stdin --dry-run=client -o yaml | kubectl apply -f -
kubectl -n llm-gateway create configmap litellm-config --from-file=litellm-config.yaml --dry-run=client -o yaml | kubectl apply -f -
helm show chart oci://docker.litellm.ai/berriai/litellm-helm   # its version; name it below with --version, so that it stays
helm template litellm oci://docker.litellm.ai/berriai/litellm-helm -n llm-gateway -f values.yaml | kubectl apply --dry-run=server -f -
helm upgrade --install litellm oci://docker.litellm.ai/berriai/litellm-helm -n llm-gateway -f values.yaml --wait --timeout 10m
kubectl -n llm-gateway port-forward service/litellm 4000:4000
# a new version: change image.tag, then the helm upgrade line again (rolling); back:
#   helm history litellm -n llm-gateway && helm rollback litellm -n llm-gateway --wait
