python3 -m venv .litellm
.litellm/bin/pip install 'litellm[proxy]==1.106.2'
# the key of your Anthropic organisation (Console, API keys), for the gateway only:
test -n "$ANTHROPIC_API_KEY" || read -rsp "Anthropic API key: " ANTHROPIC_API_KEY; export ANTHROPIC_API_KEY
# a random gateway key, made once and readable only by you:
mkdir -p "$(dirname "$HOME/.config/llm-gateway/litellm.key")"
test -s "$HOME/.config/llm-gateway/litellm.key" || (umask 077; python3 -c 'import secrets; print('"'"'sk-'"'"' + secrets.token_urlsafe(32))' > "$HOME/.config/llm-gateway/litellm.key")
export LITELLM_MASTER_KEY="$(cat "$HOME/.config/llm-gateway/litellm.key")"
.litellm/bin/litellm --config litellm-config.yaml --host 127.0.0.1 --port 4000
