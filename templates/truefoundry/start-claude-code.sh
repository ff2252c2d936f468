unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_API_KEY
export ANTHROPIC_AUTH_TOKEN="$TFY_API_KEY"
export ANTHROPIC_BASE_URL=https://llm.example.com/api/llm
export ANTHROPIC_MODEL=claude-code/claude-opus-5-5
export ANTHROPIC_DEFAULT_OPUS_MODEL=claude-code/claude-opus-5-5
export ANTHROPIC_DEFAULT_SONNET_MODEL=claude-code/claude-sonnet-5-5
export ANTHROPIC_DEFAULT_HAIKU_MODEL=claude-code/claude-haiku-5-5
export ANTHROPIC_DEFAULT_FABLE_MODEL=claude-code/claude-opus-5-5
export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1
claude
