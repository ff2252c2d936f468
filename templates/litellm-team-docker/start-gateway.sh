# a random gateway key, made once and readable only by you:
mkdir -p "$(dirname "$HOME/.config/llm-gateway/litellm.key")"
test -s "$HOME/.config/llm-gateway/litellm.key" || (umask 077; python3 -c 'import secrets; print('"'"'sk-'"'"' + secrets.token_urlsafe(32))' > "$HOME/.config/llm-gateway/litellm.key")
export LITELLM_MASTER_KEY="$(cat "$HOME/.config/llm-gateway/litellm.key")"
# key of the Anthropic Console, billed to your organisation:
: "${ANTHROPIC_API_KEY:?}"; export ANTHROPIC_API_KEY
# encrypts what LiteLLM stores in the database; it must never change:
: "${LITELLM_SALT_KEY:?}"; export LITELLM_SALT_KEY
# incoming webhook of the Slack channel; who has it can post there:
: "${SLACK_WEBHOOK_URL:?}"; export SLACK_WEBHOOK_URL
# POSTGRES_PASSWORD: made once and kept by you (a secret manager, or a file that only you can read):
test -n "$POSTGRES_PASSWORD" || read -rsp "POSTGRES_PASSWORD: " POSTGRES_PASSWORD; export POSTGRES_PASSWORD
# the containers run as you, so that they can read the files above and nothing more:
export LLM_GATEWAY_USER="$(id -u):$(id -g)"
docker compose config --quiet
docker compose up --detach --wait
# a new version: change the tag of the image, then:
#   docker compose pull && docker compose up --detach --wait litellm
# back: put the old tag in again and repeat; stop everything, data kept: docker compose down
