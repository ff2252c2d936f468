unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_AUTH_TOKEN
export ANTHROPIC_API_KEY="$BIFROST_VIRTUAL_KEY"
export ANTHROPIC_BASE_URL=http://bifrost.example.com:8080/anthropic
export ANTHROPIC_MODEL=anthropic/claude-sonnet-4-6
export ANTHROPIC_DEFAULT_OPUS_MODEL=anthropic/claude-sonnet-4-6
export ANTHROPIC_DEFAULT_SONNET_MODEL=anthropic/claude-sonnet-4-6
export ANTHROPIC_DEFAULT_HAIKU_MODEL=anthropic/claude-sonnet-4-6
export ANTHROPIC_DEFAULT_FABLE_MODEL=anthropic/claude-sonnet-4-6
claude
