python3 -m venv .litellm
.litellm/bin/pip install 'litellm[proxy]==1.106.2' 'google-auth>=2.40' 'google-genai>=1.50'
# Google credentials, once per machine (or set GOOGLE_APPLICATION_CREDENTIALS to a service-account file):
gcloud auth application-default login
# your Google Cloud project:
export GOOGLE_CLOUD_PROJECT="$(gcloud config get-value project)"
# a random gateway key, made once and readable only by you:
mkdir -p "$(dirname "$HOME/.config/llm-gateway/litellm.key")"
test -s "$HOME/.config/llm-gateway/litellm.key" || (umask 077; python3 -c 'import secrets; print('"'"'sk-'"'"' + secrets.token_urlsafe(32))' > "$HOME/.config/llm-gateway/litellm.key")
export LITELLM_MASTER_KEY="$(cat "$HOME/.config/llm-gateway/litellm.key")"
.litellm/bin/litellm --config litellm-config.yaml --host 127.0.0.1 --port 4000
