# for each person once, with the name in place of NAME; the answer holds the key, hand it over safely:
curl -fsS http://127.0.0.1:4000/key/generate -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY") -H 'Content-Type: application/json' \
  -d '{"key_alias": "NAME", "models": ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"], "max_budget": 100, "budget_duration": "30d"}'
# what each has spent:
curl -fsS 'http://127.0.0.1:4000/key/list?return_full_object=true' -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY")
# take one back:
curl -fsS http://127.0.0.1:4000/key/delete -H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY") -H 'Content-Type: application/json' \
  -d '{"key_aliases": ["NAME"]}'
