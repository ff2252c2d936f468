"""systemd: a unit without rights, and the environment file that only root reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Check, ConfigFile
from mcp_server.generate.deployments import prometheus
from mcp_server.generate.deployments.service import CONFIG_FOLDER

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service


_CAPABILITIES = ("CapabilityBoundingSet", "AmbientCapabilities")


def files(service: Service) -> list[ConfigFile]:
    """The unit, the environment file without values, the scrape configuration, and the commands."""
    ports = [service.port + n for n in range(service.instances)]
    return [
        ConfigFile(
            path=unit_path(service),
            language="ini",
            content=unit(service),
            why="Starts the gateway at boot and after a crash, as a user that owns nothing.",
        ),
        *_environment_file(service),
        *prometheus.files(service, [f"127.0.0.1:{port}" for port in ports]),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=_commands(service),
            why="As root, in the folder of the files above.",
        ),
    ]


def unit_path(service: Service) -> str:
    """Several instances are one template, named after its port."""
    return f"/etc/systemd/system/{service.name}{'@' if service.instances > 1 else ''}.service"


def unit(service: Service) -> str:
    """The text of the unit."""
    port = "%i" if service.instances > 1 else str(service.port)
    program, *arguments = (part.replace("{port}", "\0") for part in service.program)
    command = " ".join(part.replace("%", "%%").replace("$", "$$").replace("\0", port) for part in (program, *arguments))
    needed = [n for n, on in (("postgresql.service", service.database), ("redis-server.service", service.redis)) if on]
    settings = [
        f"Environment={_quoted(f'{name}={value}')}".replace("{port}", port) for name, value in service.settings.items()
    ]
    credentials = [
        line
        for v in service.secret_files
        for line in (
            f"LoadCredential={v.file}:{CONFIG_FOLDER}/{v.file}",
            # %d: where systemd puts the credentials of this unit, readable for its user alone.
            f"Environment={v.name}=%d/{v.file}",
        )
    ]
    lines = [
        f"# {service.title}. Written by llm-gateway.",
        "[Unit]",
        f"Description={service.title}, gateway for Claude Code",
        f"After={' '.join(['network-online.target', *needed])}",
        "Wants=network-online.target",
        "StartLimitIntervalSec=300",
        "StartLimitBurst=5",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={command}",
        *([f"EnvironmentFile={_environment_path(service)}"] if service.plain else []),
        *settings,
        *credentials,
        "Restart=on-failure",
        "RestartSec=5",
        "TimeoutStopSec=120",
        "DynamicUser=yes",
        f"StateDirectory={service.name}",
        f"WorkingDirectory=%S/{service.name}",
        f"Environment=HOME=%S/{service.name}",
        f"MemoryMax={service.memory}M",
        f"CPUQuota={int(service.cpus * 100)}%",
        "TasksMax=512",
        "LimitNOFILE=65536",
        "UMask=0077",
        "NoNewPrivileges=yes",
        # A user without rights may not open a port below 1024.
        *(f"{key}={'CAP_NET_BIND_SERVICE' if service.public_port < 1024 else ''}" for key in _CAPABILITIES),
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectControlGroups=yes",
        "ProtectProc=invisible",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _environment_path(service: Service) -> str:
    return f"{CONFIG_FOLDER}/{service.name}.env"


def _environment_file(service: Service) -> list[ConfigFile]:
    if not service.plain:
        return []
    why = "Owned by root, mode 0600. Fill in the values on the machine; none is written here."
    path = _environment_path(service)
    return [ConfigFile(path=path, language="env", content=_environment(service), why=why)]


def _environment(service: Service) -> str:
    """Names without values. A required one left empty keeps the gateway from starting, which is meant."""
    lines = ["# Owner root, mode 0600. One NAME=value a line, no quotes needed, no export."]
    for variable in service.variables:
        if not variable.file:
            example = f" (like {variable.example})" if variable.example else ""
            lines += [f"# {variable.what}{example}", f"{'' if variable.required else '#'}{variable.name}="]
    return "\n".join(lines) + "\n"


def _units(service: Service) -> list[str]:
    if service.instances == 1:
        return [service.name]
    return [f"{service.name}@{service.port + n}" for n in range(service.instances)]


def _commands(service: Service) -> str:
    units, target = " ".join(_units(service)), unit_path(service)
    lines = [
        *service.install,
        *service.made.values(),
        *service.key_lines,
        f"install -d -m 0755 {CONFIG_FOLDER}",
        *(f"install -m 0644 {name} {CONFIG_FOLDER}/{name}" for name in (*service.files, *service.made)),
        f"install -m 0644 {target.rpartition('/')[2]} {target}",
    ]
    if service.plain:
        environment = _environment_path(service)
        lines += [
            "# with the values in it; an existing one is kept:",
            f"test -e {environment} || install -m 0600 {environment.rpartition('/')[2]} {environment}",
            f'"${{EDITOR:-vi}}" {environment}',
        ]
    for variable in service.secret_files:
        lines += [
            f"# {variable.what}:",
            f'install -m 0600 "${variable.name}" {CONFIG_FOLDER}/{variable.file}',
        ]
    lines += [
        f"systemd-analyze verify {target}",
        f"systemctl daemon-reload && systemctl enable --now {units}",
        f"systemctl --no-pager status {units}",
        *(service.update or _link(service)),
    ]
    return "\n".join(lines) + "\n"


def _link(service: Service) -> list[str]:
    units = " ".join(_units(service))
    return [
        "# a new version goes into a folder beside the old one; the link decides, so going back is the same step:",
        f"#   ln -sfn <folder of the version> /opt/llm-gateway/{service.name} && systemctl restart {units}",
    ]


def checks(service: Service) -> list[Check]:
    """Whether systemd takes the unit, and it stays up."""
    first = _units(service)[0]
    return [
        Check(
            title="systemd takes the unit",
            status="todo",
            detail="Reads it and starts nothing.",
            command=f"systemd-analyze verify {unit_path(service)}",
            expect="no message",
            if_not="the line it names",
        ),
        Check(
            title="the service stays up",
            status="todo",
            detail="",
            command=f"systemctl is-active {first}",
            expect="active",
            if_not=f"journalctl -u {first} -n 50 shows the reason",
        ),
    ]


def notes(service: Service) -> list[str]:
    """What this deployment does and leaves to the reader."""
    kept = "values go into the environment file" if service.plain else "credentials are files below " + CONFIG_FOLDER
    found = [
        f"systemd: {kept} on the machine (root, 0600); the service runs as a user of its "
        "own that cannot read them there, nor write anywhere but in its state folder."
    ]
    if service.instances > 1:
        found.append(
            f"{service.instances} instances of one template, named after their ports; a load balancer before them is "
            "yours (nginx: proxy_buffering off, proxy_read_timeout 600s)."
        )
    return found
