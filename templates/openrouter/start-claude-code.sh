unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_API_KEY
export ANTHROPIC_AUTH_TOKEN="$OPENROUTER_API_KEY"
export ANTHROPIC_BASE_URL=https://openrouter.ai/api
export ANTHROPIC_MODEL=anthropic/claude-sonnet-4.6
export ANTHROPIC_DEFAULT_OPUS_MODEL=anthropic/claude-sonnet-4.6
export ANTHROPIC_DEFAULT_SONNET_MODEL=anthropic/claude-sonnet-4.6
export ANTHROPIC_DEFAULT_HAIKU_MODEL=anthropic/claude-sonnet-4.6
export ANTHROPIC_DEFAULT_FABLE_MODEL=anthropic/claude-sonnet-4.6
claude
