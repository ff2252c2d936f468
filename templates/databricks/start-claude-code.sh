unset CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_BEDROCK ANTHROPIC_API_KEY
export ANTHROPIC_AUTH_TOKEN="$DATABRICKS_TOKEN"
export ANTHROPIC_BASE_URL=https://adb-1234567890.11.azuredatabricks.net/serving-endpoints/anthropic
export ANTHROPIC_MODEL=databricks-claude-opus-4-6
export ANTHROPIC_DEFAULT_OPUS_MODEL=databricks-claude-opus-4-6
export ANTHROPIC_DEFAULT_SONNET_MODEL=databricks-claude-opus-4-6
export ANTHROPIC_DEFAULT_HAIKU_MODEL=databricks-claude-opus-4-6
export ANTHROPIC_DEFAULT_FABLE_MODEL=databricks-claude-opus-4-6
export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1
export ANTHROPIC_CUSTOM_HEADERS='x-databricks-use-coding-agent-mode: true'
claude
