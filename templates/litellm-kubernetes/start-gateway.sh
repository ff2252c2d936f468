# a random gateway key, made once and readable only by you:
mkdir -p "$(dirname "$HOME/.config/llm-gateway/litellm.key")"
test -s "$HOME/.config/llm-gateway/litellm.key" || (umask 077; python3 -c 'import secrets; print('"'"'sk-'"'"' + secrets.token_urlsafe(32))' > "$HOME/.config/llm-gateway/litellm.key")
export LITELLM_MASTER_KEY="$(cat "$HOME/.config/llm-gateway/litellm.key")"
# path of a service-account or workload-identity file:
: "${GOOGLE_APPLICATION_CREDENTIALS:?}"; export GOOGLE_APPLICATION_CREDENTIALS
# your Google Cloud project:
: "${GOOGLE_CLOUD_PROJECT:?}"; export GOOGLE_CLOUD_PROJECT
# PostgreSQL of keys and spend:
: "${DATABASE_URL:?}"; export DATABASE_URL
# encrypts what LiteLLM stores in the database; it must never change:
: "${LITELLM_SALT_KEY:?}"; export LITELLM_SALT_KEY
# Redis that the instances share:
: "${REDIS_HOST:?}"; export REDIS_HOST
# its port:
: "${REDIS_PORT:?}"; export REDIS_PORT
# its password:
: "${REDIS_PASSWORD:?}"; export REDIS_PASSWORD
kubectl create namespace llm-gateway --dry-run=client -o yaml | kubectl apply -f -
# the variables as a Secret, through a pipe and not on a command line (where every user could read them):
printenv | grep -E '^(LITELLM_MASTER_KEY|GOOGLE_CLOUD_PROJECT|DATABASE_URL|LITELLM_SALT_KEY|REDIS_HOST|REDIS_PORT|REDIS_PASSWORD)=' \
  | kubectl -n llm-gateway create secret generic litellm-secrets --from-env-file=/dev/stdin --dry-run=client -o yaml | kubectl apply -f -
kubectl -n llm-gateway create secret generic litellm-files --from-file=google-credentials.json="$GOOGLE_APPLICATION_CREDENTIALS" --dry-run=client -o yaml | kubectl apply -f -
kubectl apply -k . --dry-run=server
kubectl apply -k .
kubectl -n llm-gateway rollout status deployment/litellm --timeout=5m
# Claude Code on this machine reaches it through:
kubectl -n llm-gateway port-forward service/litellm 4000:4000
# a new version: change the tag of the image, kubectl apply -k ., rollout status; back:
#   kubectl -n llm-gateway rollout undo deployment/litellm
