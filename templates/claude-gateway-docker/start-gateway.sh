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
# the company's key, from the Anthropic Console:
: "${ANTHROPIC_API_KEY:?}"; export ANTHROPIC_API_KEY
# the containers run as you, so that they can read the files above and nothing more:
export LLM_GATEWAY_USER="$(id -u):$(id -g)"
docker compose config --quiet
docker compose build --pull
docker compose up --detach --wait
# a new version: change it in the Dockerfile and in the tag of the image, then:
#   docker compose build && docker compose up --detach --wait claude-gateway
# back: put the old tag in again and repeat; stop everything, data kept: docker compose down
