# LiteLLM, boto3, google-auth, curl, git, npm and pip read the shell:
export HTTPS_PROXY=http://proxy.example.com:3128 HTTP_PROXY=http://proxy.example.com:3128 NO_PROXY=example.com,.example.com,localhost,127.0.0.1,::1
export https_proxy="$HTTPS_PROXY" http_proxy="$HTTP_PROXY" no_proxy="$NO_PROXY"
# for those started without a shell:
gcloud config set proxy/type http && gcloud config set proxy/address proxy.example.com && gcloud config set proxy/port 3128
git config --global http.proxy http://proxy.example.com:3128
npm config set proxy http://proxy.example.com:3128 && npm config set https-proxy http://proxy.example.com:3128 && npm config set noproxy example.com,.example.com,localhost,127.0.0.1,::1
python3 -m pip config set global.proxy http://proxy.example.com:3128
# Docker: docker run -e HTTPS_PROXY=http://proxy.example.com:3128 -e NO_PROXY=example.com,.example.com,localhost,127.0.0.1,::1 …  (localhost there is the container itself)
