local denied = "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"the gateway does not know this key: check the variable or settings that hold it\"}}"
local function person(key)
  if not key or key == "" then return nil end
  local file = io.open("/run/secrets/keys", "r")
  if not file then return nil end
  local found = nil
  for line in file:lines() do
    local name, known = line:match("^(%S+)%s+(%S+)$")
    if known == key then found = name end
  end
  file:close()
  return found
end
function envoy_on_request(handle)
  local headers = handle:headers()
  local path = headers:get(":path")
  local bearer = headers:get("authorization")
  local key = bearer and bearer:match("^[Bb]earer (%S+)$") or headers:get("x-api-key")
  headers:remove("authorization")
  headers:remove("x-api-key")
  if path == "/" or path == "/healthz" then return end
  local name = person(key)
  if not name then
    handle:respond({[":status"] = "401", ["content-type"] = "application/json"}, denied)
    return
  end
  handle:streamInfo():dynamicMetadata():set("claude", "user", name)
end
