# for each person once, with the name in place of NAME; the answer holds the key, hand it over safely:
curl -fsS http://127.0.0.1:4000/key/generate -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY") -H 'Content-Type: application/json' \
  -d '{"key_alias": "NAME", "models": ["gemini-3.5-flash", "gemini-3.8-flash", "gemini-3.1-pro-preview", "deepseek-v4.1-flash", "llama-4-maverick", "codestral", "glm-5.2", "gpt-oss-120b"], "max_budget": 100, "budget_duration": "30d"}'
# what each has spent:
curl -fsS 'http://127.0.0.1:4000/key/list?return_full_object=true' -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY")
# take one back:
curl -fsS http://127.0.0.1:4000/key/delete -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY") -H 'Content-Type: application/json' \
  -d '{"key_aliases": ["NAME"]}'
