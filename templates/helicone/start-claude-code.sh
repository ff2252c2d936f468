unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_AUTH_TOKEN
: "${ANTHROPIC_API_KEY:?export your key under this name first}"; export ANTHROPIC_API_KEY
export ANTHROPIC_BASE_URL=https://anthropic.helicone.ai
export ANTHROPIC_CUSTOM_HEADERS="Helicone-Auth: Bearer $HELICONE_API_KEY"
claude
