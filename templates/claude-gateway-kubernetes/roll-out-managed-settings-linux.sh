# in the folder of managed-settings.json; a broken file stops Claude Code 2.1.330 and is ignored by older ones, so it
# is read first; it is laid beside its place and then moved, so that no session reads half of it:
python3 -m json.tool managed-settings.json > /dev/null \
  && install -d -m 0755 "/etc/claude-code/managed-settings.d" \
  && install -m 0644 managed-settings.json "/etc/claude-code/managed-settings.d/50-llm-gateway.json.new" \
  && mv "/etc/claude-code/managed-settings.d/50-llm-gateway.json.new" "/etc/claude-code/managed-settings.d/50-llm-gateway.json"
# what holds on this machine, and where each value comes from:
#   llm-gateway explain
# back:
#   rm "/etc/claude-code/managed-settings.d/50-llm-gateway.json"
