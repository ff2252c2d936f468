B="$HOME/.config/llm-gateway/ca-bundle.pem"; mkdir -p "$(dirname "$B")"
cat /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/company.pem > "$B"   # public CAs + yours: the file replaces both
# LiteLLM: models (ssl_verify in its config does the same), Google tokens, Bedrock; curl:
export SSL_CERT_FILE="$B" REQUESTS_CA_BUNDLE="$B" AWS_CA_BUNDLE="$B" CURL_CA_BUNDLE="$B"
gcloud config set core/custom_ca_certs_file "$B"
aws configure set ca_bundle "$B"
git config --global http.sslCAInfo "$B"
npm config set cafile "$B"
python3 -m pip config set global.cert "$B"
# Docker: docker run -v "$B":/ca.pem:ro -e SSL_CERT_FILE=/ca.pem -e REQUESTS_CA_BUNDLE=/ca.pem -e AWS_CA_BUNDLE=/ca.pem -e NODE_EXTRA_CA_CERTS=/ca.pem …
