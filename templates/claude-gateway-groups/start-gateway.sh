# GATEWAY_POSTGRES_URL: the postgresql:// address, with user and password, of a database of its own
: "${GATEWAY_POSTGRES_URL:?is not set}"
# GATEWAY_JWT_SECRET: 32 characters or more that nobody can guess: openssl rand -hex 32
: "${GATEWAY_JWT_SECRET:?is not set}"
# OIDC_ISSUER: the issuer URL of your identity provider, exactly as its discovery document says it
: "${OIDC_ISSUER:?is not set}"
# OIDC_CLIENT_ID: of an OIDC application with the redirect URI https://claude.example.com/oauth/callback
: "${OIDC_CLIENT_ID:?is not set}"
# OIDC_CLIENT_SECRET: of the same application
: "${OIDC_CLIENT_SECRET:?is not set}"
# GATEWAY_ADMIN_KEY: 32 characters or more for the admin API: openssl rand -hex 32
: "${GATEWAY_ADMIN_KEY:?is not set}"
export GATEWAY_POSTGRES_URL GATEWAY_JWT_SECRET OIDC_ISSUER OIDC_CLIENT_ID OIDC_CLIENT_SECRET GATEWAY_ADMIN_KEY
claude gateway --config claude-gateway.yaml
