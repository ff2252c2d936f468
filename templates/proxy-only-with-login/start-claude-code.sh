# PROXY_LOGIN: user:password of the proxy, percent-encoded (@ as %40, : as %3A, / as %2F, \ as %5C)
test -n "$PROXY_LOGIN" || read -rsp "proxy login (user:password): " PROXY_LOGIN
export HTTPS_PROXY="http://${PROXY_LOGIN}@proxy.example.com:3128"
export https_proxy="$HTTPS_PROXY"
export NO_PROXY=localhost,127.0.0.1,::1
export no_proxy="$NO_PROXY"
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/company.pem
claude
