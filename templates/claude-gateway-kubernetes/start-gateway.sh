# the registry from which the cluster takes images, like ghcr.io/example:
: "${REGISTRY:?}"
docker build --pull -t "$REGISTRY/claude-gateway:2.1.330" . && docker push "$REGISTRY/claude-gateway:2.1.330"
sed -i "s|registry.example.com|$REGISTRY|" kustomization.yaml
# the postgresql:// address, with user and password, of a database of its own:
: "${GATEWAY_POSTGRES_URL:?}"; export GATEWAY_POSTGRES_URL
# 32 characters or more that nobody can guess: openssl rand -hex 32:
: "${GATEWAY_JWT_SECRET:?}"; export GATEWAY_JWT_SECRET
# the issuer URL of your identity provider, exactly as its discovery document says it:
: "${OIDC_ISSUER:?}"; export OIDC_ISSUER
# of an OIDC application with the redirect URI https://claude.example.com/oauth/callback:
: "${OIDC_CLIENT_ID:?}"; export OIDC_CLIENT_ID
# of the same application:
: "${OIDC_CLIENT_SECRET:?}"; export OIDC_CLIENT_SECRET
# address or network of the front end that ends TLS, as the gateway sees it (like 10.0.0.0/8):
: "${TRUSTED_PROXY:?}"; export TRUSTED_PROXY
# the https:// address of your OpenTelemetry collector:
: "${OTLP_URL:?}"; export OTLP_URL
# file with the key of a service account (roles/aiplatform.user):
: "${GOOGLE_APPLICATION_CREDENTIALS:?}"; export GOOGLE_APPLICATION_CREDENTIALS
kubectl create namespace llm-gateway --dry-run=client -o yaml | kubectl apply -f -
# the variables as a Secret, through a pipe and not on a command line (where every user could read them):
printenv | grep -E '^(GATEWAY_POSTGRES_URL|GATEWAY_JWT_SECRET|OIDC_ISSUER|OIDC_CLIENT_ID|OIDC_CLIENT_SECRET|TRUSTED_PROXY|OTLP_URL)=' \
  | kubectl -n llm-gateway create secret generic claude-gateway-secrets --from-env-file=/dev/stdin --dry-run=client -o yaml | kubectl apply -f -
kubectl -n llm-gateway create secret generic claude-gateway-files --from-file=google-credentials.json="$GOOGLE_APPLICATION_CREDENTIALS" --dry-run=client -o yaml | kubectl apply -f -
kubectl apply -k . --dry-run=server
kubectl apply -k .
kubectl -n llm-gateway rollout status deployment/claude-gateway --timeout=5m
# Claude Code on this machine reaches it through:
kubectl -n llm-gateway port-forward service/claude-gateway 8080:8080
# a new version: change it in the Dockerfile and in newTag of the image, kubectl apply -k ., rollout status; back:
#   kubectl -n llm-gateway rollout undo deployment/claude-gateway
