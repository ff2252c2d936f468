umask 077
mkdir -p /etc/envoy/claude
# a key for each person; give it to nobody else:
grep -qs "^$(id -un) " /etc/envoy/claude/keys || echo "$(id -un) $(openssl rand -hex 32)" >> /etc/envoy/claude/keys
# the provider's key, which nobody else sees:
: "${ANTHROPIC_API_KEY:?export the key of the provider under this name first}"
printf '%s' "$ANTHROPIC_API_KEY" > /etc/envoy/claude/provider-key
cat > /etc/envoy/claude/provider-key.new <<'END'
resources:
  - '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
    name: provider-key
    generic_secret:
      secret:
        filename: /etc/envoy/claude/provider-key
END
mv /etc/envoy/claude/provider-key.new /etc/envoy/claude/provider-key.yaml
envoy --mode validate -c claude-envoy.yaml && envoy -c claude-envoy.yaml
