# the way out, for pip and for LiteLLM:
# PROXY_LOGIN: user:password of the proxy, percent-encoded (@ as %40, : as %3A, / as %2F, \ as %5C)
test -n "$PROXY_LOGIN" || read -rsp "proxy login (user:password): " PROXY_LOGIN
export HTTPS_PROXY="http://${PROXY_LOGIN}@proxy.example.com:3128"
export https_proxy="$HTTPS_PROXY"
export HTTP_PROXY="$HTTPS_PROXY" http_proxy="$HTTPS_PROXY"
export NO_PROXY=example.com,.example.com,localhost,127.0.0.1,::1
export no_proxy="$NO_PROXY"
python3 -m venv .litellm
# the public CAs and yours in one file, for pip, LiteLLM's model calls and Google's token calls:
cat "$(.litellm/bin/python -m pip._vendor.certifi)" /etc/ssl/certs/company.pem > .litellm/ca-bundle.pem
export SSL_CERT_FILE="$PWD/.litellm/ca-bundle.pem"
export REQUESTS_CA_BUNDLE="$PWD/.litellm/ca-bundle.pem"
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
