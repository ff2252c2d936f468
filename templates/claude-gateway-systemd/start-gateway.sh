install -d -m 0755 /opt/llm-gateway/claude-gateway-2.1.330 && npm install --prefix /opt/llm-gateway/claude-gateway-2.1.330 @anthropic-ai/claude-code@2.1.330
ln -sfn /opt/llm-gateway/claude-gateway-2.1.330 /opt/llm-gateway/claude-gateway
install -d -m 0755 /etc/llm-gateway
install -m 0644 claude-gateway.yaml /etc/llm-gateway/claude-gateway.yaml
install -m 0644 claude-gateway.service /etc/systemd/system/claude-gateway.service
# with the values in it; an existing one is kept:
test -e /etc/llm-gateway/claude-gateway.env || install -m 0600 claude-gateway.env /etc/llm-gateway/claude-gateway.env
"${EDITOR:-vi}" /etc/llm-gateway/claude-gateway.env
# file with the certificate of claude.example.com and its chain:
install -m 0600 "$TLS_CERTIFICATE_FILE" /etc/llm-gateway/tls.crt
# file with its private key:
install -m 0600 "$TLS_KEY_FILE" /etc/llm-gateway/tls.key
systemd-analyze verify /etc/systemd/system/claude-gateway.service
systemctl daemon-reload && systemctl enable --now claude-gateway
systemctl --no-pager status claude-gateway
# a new version goes into a folder beside the old one; the link decides, so going back is the same step:
#   ln -sfn <folder of the version> /opt/llm-gateway/claude-gateway && systemctl restart claude-gateway
