"""Google credentials without a network: where they would come from and what is wrong with the file.

Search order and file kinds as google-auth has them (measured with 2.62): GOOGLE_APPLICATION_CREDENTIALS, gcloud's
well-known file, metadata server. A set but unusable variable fails; it does not fall through. Nothing here returns
a secret.
"""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server import redact
from mcp_server.diagnose.credentials import CredentialState
from mcp_server.snapshot import Snapshot

MAX_BYTES = 1_000_000
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_PROJECT_VARIABLES = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")
_LOGIN = "gcloud auth application-default login"
#: Required keys by file kind (source: google-auth's loaders).
_REQUIRED: dict[str, tuple[str, ...]] = {
    "service_account": ("client_email", "private_key", "token_uri"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
    "impersonated_service_account": ("service_account_impersonation_url", "source_credentials"),
    "external_account": ("audience", "subject_token_type", "token_url", "credential_source"),
    "external_account_authorized_user": ("audience", "refresh_token", "token_url", "client_id", "client_secret"),
    "gdch_service_account": ("format_version", "project", "private_key", "name", "token_uri"),
}
_KIND_NAMES = {
    "service_account": "service-account key",
    "authorized_user": "user login (gcloud auth application-default login)",
    "impersonated_service_account": "impersonated service account",
    "external_account": "workload identity federation",
    "external_account_authorized_user": "workforce login",
    "gdch_service_account": "Distributed Cloud service account",
}


def credential_file(snapshot: Snapshot) -> tuple[str, str] | None:
    """(path, where it was named) of the file that Application Default Credentials would use, or ``None``."""
    named = snapshot.variable(VARIABLE)
    if named is not None and named.value:
        return named.value, f"{VARIABLE} ({named.source})"
    path = well_known(snapshot)
    return (str(path), "gcloud's well-known file") if path is not None and path.exists() else None


def well_known(snapshot: Snapshot) -> Path | None:
    """Where ``gcloud auth application-default login`` writes on this platform; ``None`` when home is unknown."""
    folder = _gcloud_folder(snapshot)
    return folder / "application_default_credentials.json" if folder else None


def offline_state(snapshot: Snapshot, *, relevant: bool) -> CredentialState:
    """The state of Google credentials as files and variables show it; nothing is sent."""
    place = credential_file(snapshot)
    if place is None:
        where = str(well_known(snapshot) or "gcloud's well-known file")
        if snapshot.environment_hidden:
            return CredentialState(
                "google", VARIABLE, "not visible", "the environment is not visible to me", relevant=relevant
            )
        return CredentialState(
            "google",
            where,
            "none",
            f"{VARIABLE} is not set and {where} does not exist; only a metadata server is left",
            cause="gcp_adc_missing",
            relevant=relevant,
        )
    return check_file(place[0], place[1], snapshot, relevant=relevant)


def check_file(path: str, where: str, snapshot: Snapshot, *, relevant: bool = True) -> CredentialState:
    """What can be said of one credential file without using it."""
    shown = redact.quote(path, 200)

    def state(kind: str, detail: str, cause: str | None = None, cure: str | None = None) -> CredentialState:
        return CredentialState("google", where, kind, detail, cause=cause, cure=cure, relevant=relevant)

    if path.lstrip().startswith("{"):
        return state("text", "the variable holds JSON text; a path is needed here", "gcp_credential_file_invalid")
    try:
        file = Path(path)
        if file.is_dir():
            return state("folder", f"{shown} is a folder, not a file", "gcp_adc_missing", "file_missing")
        if not file.exists():
            return state("missing", f"the file {shown} does not exist", "gcp_adc_missing", "file_missing")
        if file.stat().st_size > MAX_BYTES:
            return state("too large", f"{shown} is far too large for a credential file", "gcp_credential_file_invalid")
        text = file.read_text(encoding="utf-8")
        mode = file.stat().st_mode
    except UnicodeDecodeError:
        return state("not text", f"{shown} is not UTF-8 text", "gcp_credential_file_invalid")
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "the path is unusable"
        return state("unreadable", f"{shown} cannot be read: {reason}", "gcp_adc_missing", "file_missing")
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        what = "is empty" if not text.strip() else "is not valid JSON"
        return state("not JSON", f"{shown} {what}", "gcp_credential_file_invalid")
    if not isinstance(info, Mapping):
        return state("not an object", f"{shown} holds no JSON object", "gcp_credential_file_invalid")
    kind = str(info.get("type"))
    if kind not in _REQUIRED:
        return state("unknown", f"{shown} {_wrong_kind(info)}", "gcp_credential_file_invalid")
    name = _KIND_NAMES[kind]
    if problem := _content_problem(kind, info):
        return state(name, f"{shown} ({name}): {problem}", "gcp_credential_file_invalid")
    project, project_source = _project(snapshot, info)
    return CredentialState(
        "google",
        where,
        name,
        f"{shown} is a {name}" + _remarks(kind, info, mode, file),
        relevant=relevant,
        project=project,
        project_source=project_source,
    )


def _wrong_kind(info: Mapping[str, Any]) -> str:
    if "installed" in info or "web" in info:
        return "is an OAuth client download, not a credential; run " + _LOGIN
    if info.get("type") is None:
        return 'has no "type"; it is not a credential file'
    return f'has the type "{redact.quote(info.get("type"), 40)}", which google-auth does not know'


def _content_problem(kind: str, info: Mapping[str, Any]) -> str | None:
    missing = [key for key in _REQUIRED[kind] if not info.get(key)]
    if missing:
        return f"the field{'s' if len(missing) > 1 else ''} {', '.join(missing)} {_are(missing)} missing"
    if kind == "service_account":
        key, email = info["private_key"], info["client_email"]
        if not isinstance(key, str) or not isinstance(email, str):
            return "private_key and client_email must be text"
        if "\\n" in key:
            return "private_key contains the two characters \\n instead of line breaks"
        if not re.match(r"-----BEGIN (?:RSA )?PRIVATE KEY-----\n", key):
            return "private_key is no PEM key with line breaks"
        if "-----END" not in key:
            return "private_key is cut off; its END line is missing"
        if not email.endswith(".gserviceaccount.com"):
            return "client_email is not the address of a service account"
    if kind == "impersonated_service_account" and not isinstance(info["source_credentials"], Mapping):
        return "source_credentials is no object"
    if kind == "external_account":
        source = info["credential_source"]
        if isinstance(source, Mapping) and isinstance(source.get("file"), str) and not Path(source["file"]).exists():
            return f"its token file {redact.quote(source['file'], 120)} does not exist"
    return None


def _are(words: list[str]) -> str:
    return "are" if len(words) > 1 else "is"


def _remarks(kind: str, info: Mapping[str, Any], mode: int, file: Path) -> str:
    remarks = []
    if kind == "service_account":
        remarks.append(f"for {redact.quote(info['client_email'], 100)}")
    if kind == "authorized_user" and not info.get("quota_project_id"):
        remarks.append("without a quota project")
    if sys.platform != "win32" and mode & stat.S_IROTH:
        remarks.append("readable by everyone on this machine (chmod 600 it)")
    if any((parent / ".git").exists() for parent in file.resolve().parents):
        remarks.append("inside a git working tree (keep it out of commits)")
    return "".join(f", {r}" for r in remarks)


def _project(snapshot: Snapshot, info: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Project and its source, in google-auth's order."""
    for name in _PROJECT_VARIABLES:
        if (setting := snapshot.variable(name)) is not None and setting.value:
            return redact.quote(setting.value, 60), name
    for key in ("project_id", "quota_project_id"):
        if isinstance(info.get(key), str):
            return redact.quote(info[key], 60), f"{key} of the file"
    configured = _gcloud_project(snapshot)
    return (configured, "gcloud config") if configured else (None, None)


def _gcloud_project(snapshot: Snapshot) -> str | None:
    folder = _gcloud_folder(snapshot)
    if folder is None:
        return None
    try:
        active = (folder / "active_config").read_text(encoding="utf-8").strip()
        text = (folder / "configurations" / f"config_{Path(active).name}").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    found = re.search(r"(?m)^project\s*=\s*([\w:.-]+)", text[:20_000])
    return found[1] if found else None


def _gcloud_folder(snapshot: Snapshot) -> Path | None:
    if (setting := snapshot.variable("CLOUDSDK_CONFIG")) is not None and setting.value:
        return Path(setting.value)
    if sys.platform == "win32" and (roaming := snapshot.variable("APPDATA")) is not None:
        return Path(roaming.value) / "gcloud"
    return Path(snapshot.home) / ".config" / "gcloud" if snapshot.home else None
