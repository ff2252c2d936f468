"""The rules that keep the tree liveable, checked on the imports of every module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mcp_server"
PURE = ("generate", "validate", "document", "diagnose", "catalogue", "render", "effective")
IO_MODULES = {"os", "socket", "ssl", "subprocess", "httpx", "google", "mcp", "urllib.request", "http.client"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports_of(source: str) -> set[str]:
    """Every module that ``source`` imports, at any depth, as dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def touches(imported: set[str], forbidden: set[str]) -> set[str]:
    return {name for name in imported if any(name == f or name.startswith(f"{f}.") for f in forbidden)}


def area(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0]


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_pure_packages_import_no_io(module: Path) -> None:
    if area(module) in PURE or module.name in ("answer.py", "snapshot.py", "errors.py", "redact.py", "hosts.py"):
        assert not touches(imports_of(module.read_text(encoding="utf-8")), IO_MODULES)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_pure_packages_import_only_pure_parts_of_the_project(module: Path) -> None:
    if area(module) in PURE:
        impure = {
            f"mcp_server.{name}"
            for name in ("net", "environment", "probe", "operations", "run", "lab", "server", "tools", "cli")
        }
        assert not touches(imports_of(module.read_text(encoding="utf-8")), impure)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_the_mcp_surface_imports_the_sdk(module: Path) -> None:
    if name_of(module) not in ("mcp_server/server.py", "mcp_server/tools.py"):
        assert not touches(imports_of(module.read_text(encoding="utf-8")), {"mcp"})


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_net_opens_connections(module: Path) -> None:
    allowed = {"lab": {"socket", "ssl"}}.get(area(module), set())  # the laboratory listens, on loopback
    if area(module) != "net":
        network = {"socket", "ssl", "httpx", "httpx2", "requests", "aiohttp", "urllib.request", "http.client"}
        assert not touches(imports_of(module.read_text(encoding="utf-8")), network - allowed)


def test_one_file_imports_google_auth() -> None:
    importers = [
        name_of(m)
        for m in MODULES
        if touches(imports_of(m.read_text(encoding="utf-8")), {"google.auth", "google.oauth2"})
    ]
    assert importers == ["mcp_server/net/google_credentials.py"]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_heavy_libraries_are_imported_where_they_are_used(module: Path) -> None:
    heavy = {"botocore", "httpx", "google", "yaml", "jsonschema", "cryptography", "starlette", "uvicorn"}
    if area(module) in ("lab",):
        return  # never imported by the server
    tree = ast.parse(module.read_text(encoding="utf-8"))
    top = ast.Module(
        body=[n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))],
        type_ignores=[],
    )
    assert not touches(imports_of(ast.unparse(top)), heavy)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_stay_readable(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    "folder",
    [
        "validate/rules",
        "validate/kinds",
        "generate/gateways",
        "generate/providers",
        "probe",
        "effective/programs",
    ],
)
def test_every_part_is_in_its_registry(folder: str) -> None:
    import importlib

    registry = importlib.import_module(
        {
            "validate/rules": "mcp_server.validate.rules",
            "validate/kinds": "mcp_server.validate.kinds",
            "generate/gateways": "mcp_server.generate.registry",
            "generate/providers": "mcp_server.generate.providers.registry",
            "probe": "mcp_server.probe.registry",
            "probe/checks": "mcp_server.probe.checks",
            "effective/programs": "mcp_server.effective.programs.registry",
        }[folder]
    )
    registered = imports_of(Path(str(registry.__file__)).read_text(encoding="utf-8"))
    for module in sorted([*(PACKAGE / folder).glob("*.py"), *(PACKAGE / folder).glob("*/__init__.py")]):
        source = module.read_text(encoding="utf-8")
        if f"\n{registry.PART_MARK}" in source:
            dotted = ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            assert dotted in registered, f"{dotted} is not in the registry {registry.__name__}"
