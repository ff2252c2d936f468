export HTTPS_PROXY=http://proxy.example.com:3128
export https_proxy="$HTTPS_PROXY"
export NO_PROXY=example.com,.example.com,localhost,127.0.0.1,::1
export no_proxy="$NO_PROXY"
claude
