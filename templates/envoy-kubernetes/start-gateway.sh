umask 077
mkdir -p secrets
# a key for each person; give it to nobody else:
grep -qs "^$(id -un) " secrets/keys || echo "$(id -un) $(openssl rand -hex 32)" >> secrets/keys
# the provider's key, which nobody else sees:
: "${ANTHROPIC_API_KEY:?export the key of the provider under this name first}"
printf '%s' "$ANTHROPIC_API_KEY" > secrets/provider-key
export GATEWAY_KEYS_FILE="$PWD/secrets/keys"
export PROVIDER_KEY_FILE="$PWD/secrets/provider-key"
# file with the certificate of claude.example.com and its chain:
: "${TLS_CERTIFICATE_FILE:?}"; export TLS_CERTIFICATE_FILE
# file with its private key:
: "${TLS_KEY_FILE:?}"; export TLS_KEY_FILE
kubectl create namespace llm-gateway --dry-run=client -o yaml | kubectl apply -f -
kubectl -n llm-gateway create secret generic claude-envoy-files --from-file=keys="$GATEWAY_KEYS_FILE" --from-file=provider-key="$PROVIDER_KEY_FILE" --from-file=tls.crt="$TLS_CERTIFICATE_FILE" --from-file=tls.key="$TLS_KEY_FILE" --dry-run=client -o yaml | kubectl apply -f -
kubectl apply -k . --dry-run=server
kubectl apply -k .
kubectl -n llm-gateway rollout status deployment/claude-envoy --timeout=5m
# Claude Code on this machine reaches it through:
kubectl -n llm-gateway port-forward service/claude-envoy 8443:443
# a new version: change the tag of the image, kubectl apply -k ., rollout status; back:
#   kubectl -n llm-gateway rollout undo deployment/claude-envoy
