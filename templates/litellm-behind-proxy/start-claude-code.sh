unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_API_KEY
export ANTHROPIC_AUTH_TOKEN="$(cat "$HOME/.config/llm-gateway/litellm.key")"
export ANTHROPIC_BASE_URL=http://127.0.0.1:4000
export ANTHROPIC_MODEL=gemini-3.8-flash
export ANTHROPIC_DEFAULT_OPUS_MODEL=gemini-3.8-flash
export ANTHROPIC_DEFAULT_SONNET_MODEL=gemini-3.5-flash
export ANTHROPIC_DEFAULT_HAIKU_MODEL=deepseek-v4.1-flash
export ANTHROPIC_DEFAULT_FABLE_MODEL=gemini-3.8-flash
export CLAUDE_CODE_MAX_CONTEXT_TOKENS=1048576
export ENABLE_TOOL_SEARCH=false
export CLAUDE_CODE_AUTO_MODE_SERVER=0
export CLAUDE_CODE_AUTO_MODE_MODEL=gemini-3.5-flash
export CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1
export NO_PROXY=example.com,.example.com,127.0.0.1,localhost,::1
export no_proxy=example.com,.example.com,127.0.0.1,localhost,::1
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/company.pem
# PROXY_LOGIN: user:password of the proxy, percent-encoded (@ as %40, : as %3A, / as %2F, \ as %5C)
test -n "$PROXY_LOGIN" || read -rsp "proxy login (user:password): " PROXY_LOGIN
export HTTPS_PROXY="http://${PROXY_LOGIN}@proxy.example.com:3128"
export https_proxy="$HTTPS_PROXY"
claude
