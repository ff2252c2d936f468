"""A local relay for proxies that want NTLM, Negotiate or Digest, which Claude Code does not speak (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server.answer import ConfigFile

RELAY_URL = "http://127.0.0.1:3128"
#: What px is told, strongest first. Measured through squid with px 0.13 for NTLM and Digest.
_PX_NAMES = (("negotiate", "NEGOTIATE"), ("kerberos", "NEGOTIATE"), ("ntlm", "NTLM"), ("digest", "DIGEST"))


def px_command(authority: str, schemes: Sequence[str]) -> str:
    """The command line of px for the proxy at ``authority`` (``host:port``)."""
    offered = {scheme.lower() for scheme in schemes}
    # NTLM works with a password alone; Negotiate needs a Kerberos ticket.
    names = sorted((n for key, n in _PX_NAMES if key in offered), key=lambda n: n != "NTLM")
    user = "USER" if names == ["DIGEST"] else r"DOMAIN\USER"
    login = "" if names[:1] == ["NEGOTIATE"] else f" --username='{user}'"
    return f"px --listen=127.0.0.1 --port=3128 --proxy={authority}{login} --auth={(names or ['ANY'])[0]}"


def relay_files(authority: str, schemes: Sequence[str]) -> list[ConfigFile]:
    """The commands that start px, and cntlm's file as the alternative where the proxy offers NTLM."""
    offered = {scheme.lower() for scheme in schemes}
    command = px_command(authority, schemes)
    lines = ["python3 -m pip install --user px-proxy"]
    if "--auth=NEGOTIATE" in command:
        lines.append("kinit USER@REALM   # the Kerberos ticket; klist shows it")
    else:
        lines.append("read -rs PX_PASSWORD && export PX_PASSWORD   # typed unseen, kept in no file")
    files = [
        ConfigFile(
            path="shell: start the relay",
            language="shell",
            content="\n".join([*lines, command]) + "\n",
            why="px signs in at the company proxy for Claude Code; leave it running, or make it a service.",
        )
    ]
    if "ntlm" in offered:
        hashed = "# PassNTLMv2 line: paste what `cntlm -H -u USER -d DOMAIN` prints\n"
        content = f"Username USER\nDomain DOMAIN\nProxy {authority}\nListen 127.0.0.1:3128\nAuth NTLMv2\n{hashed}"
        why = "Instead of px, for cntlm (start: cntlm -f). It holds a hash of the password: chmod 600."
        files.append(ConfigFile(path="/etc/cntlm.conf", language="text", content=content, why=why))
    return files
