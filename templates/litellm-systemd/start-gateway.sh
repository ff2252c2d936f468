python3 -m venv /opt/llm-gateway/litellm-1.106.2 && /opt/llm-gateway/litellm-1.106.2/bin/pip install 'litellm[proxy]==1.106.2'
ln -sfn /opt/llm-gateway/litellm-1.106.2 /opt/llm-gateway/litellm
install -d -m 0755 /etc/llm-gateway
install -m 0644 litellm-config.yaml /etc/llm-gateway/litellm-config.yaml
install -m 0644 litellm.service /etc/systemd/system/litellm.service
# with the values in it; an existing one is kept:
test -e /etc/llm-gateway/litellm.env || install -m 0600 litellm.env /etc/llm-gateway/litellm.env
"${EDITOR:-vi}" /etc/llm-gateway/litellm.env
systemd-analyze verify /etc/systemd/system/litellm.service
systemctl daemon-reload && systemctl enable --now litellm
systemctl --no-pager status litellm
# a new version goes into a folder beside the old one; the link decides, so going back is the same step:
#   ln -sfn <folder of the version> /opt/llm-gateway/litellm && systemctl restart litellm
