"""The same cure for the programs beside Claude Code: shell, LiteLLM, gcloud, AWS, npm, git, pip, Docker (pure)."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile

BUNDLE = "$HOME/.config/llm-gateway/ca-bundle.pem"
_PATH = "other programs on this machine"


def trust_lines(ca: str, system_bundle: str, *, in_system_store: bool = False) -> ConfigFile:
    """One bundle of the public CAs and ``ca``, and who must be told of it.

    These programs *replace* their list by the file they are given, so it must hold the public CAs too.
    ``in_system_store``: the CA stands in the system's bundle already, which then is enough.
    """
    if in_system_store:
        lines = [f"B={shlex.quote(system_bundle)}   # the CA is in the system's store already"]
    else:
        lines = [
            f'B="{BUNDLE}"; mkdir -p "$(dirname "$B")"',
            f'cat {shlex.quote(system_bundle)} {shlex.quote(ca)} > "$B"   # public CAs + yours: the file replaces both',
        ]
    lines += [
        "# LiteLLM: models (ssl_verify in its config does the same), Google tokens, Bedrock; curl:",
        'export SSL_CERT_FILE="$B" REQUESTS_CA_BUNDLE="$B" AWS_CA_BUNDLE="$B" CURL_CA_BUNDLE="$B"',
        'gcloud config set core/custom_ca_certs_file "$B"',
        'aws configure set ca_bundle "$B"',
        'git config --global http.sslCAInfo "$B"',
        'npm config set cafile "$B"',
        'python3 -m pip config set global.cert "$B"',
        '# Docker: docker run -v "$B":/ca.pem:ro -e SSL_CERT_FILE=/ca.pem -e REQUESTS_CA_BUNDLE=/ca.pem '
        "-e AWS_CA_BUNDLE=/ca.pem -e NODE_EXTRA_CA_CERTS=/ca.pem …",
    ]
    why = "Type only the lines of programs you use: each keeps its own list of CAs."
    return ConfigFile(path=_PATH, language="shell", content="\n".join(lines) + "\n", why=why)


def proxy_lines(proxy: str, no_proxy: str) -> ConfigFile:
    """``proxy`` (credentials as placeholders) and ``no_proxy`` for programs that do not read Claude Code's files."""
    parts = urlsplit(proxy)
    url, skip = shlex.quote(proxy), shlex.quote(no_proxy)
    lines = [
        "# LiteLLM, boto3, google-auth, curl, git, npm and pip read the shell:",
        f"export HTTPS_PROXY={url} HTTP_PROXY={url} NO_PROXY={skip}",
        'export https_proxy="$HTTPS_PROXY" http_proxy="$HTTP_PROXY" no_proxy="$NO_PROXY"',
        "# for those started without a shell:",
        f"gcloud config set proxy/type http && gcloud config set proxy/address {shlex.quote(parts.hostname or '')} "
        f"&& gcloud config set proxy/port {parts.port or 80}",
        f"git config --global http.proxy {url}",
        f"npm config set proxy {url} && npm config set https-proxy {url} && npm config set noproxy {skip}",
        f"python3 -m pip config set global.proxy {url}",
        f"# Docker: docker run -e HTTPS_PROXY={url} -e NO_PROXY={skip} …  (localhost there is the container itself)",
    ]
    why = "Type only the lines of programs you use: none of them reads Claude Code's settings."
    return ConfigFile(path=_PATH, language="shell", content="\n".join(lines) + "\n", why=why)


def conversion(path: str, converted: str, *, pkcs7: bool = False) -> ConfigFile:
    """The command that makes PEM of a DER or PKCS#7 file."""
    source, target = shlex.quote(path), shlex.quote(converted)
    text = (
        f"openssl pkcs7 -inform DER -print_certs -in {source} -out {target}\n"
        if pkcs7
        else f"openssl x509 -inform DER -in {source} -out {target}\n"
    )
    return ConfigFile(path="shell: make a PEM file", language="shell", content=text, why="No program here reads DER.")
