unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_AUTH_TOKEN
: "${ANTHROPIC_API_KEY:?export your key under this name first}"; export ANTHROPIC_API_KEY
export ANTHROPIC_BASE_URL=https://gateway.ai.cloudflare.com/v1/ACCOUNT_ID/GATEWAY_ID/anthropic
export ANTHROPIC_CUSTOM_HEADERS="cf-aig-authorization: Bearer $CF_AIG_TOKEN"
claude
