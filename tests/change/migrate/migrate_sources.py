"""Configurations of other tools, as those tools write them, with keys made up here."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any


def key(name: str) -> str:
    """A key of a usual shape that no scanner mistakes for a live one."""
    return "sk-" + (name + "q7Zt") * 4


ROUTER_2 = re.sub(
    r"@(\w+)@",
    lambda found: key(found[1]),
    """// made by hand
{
  APIKEY: '@Rout@', /* of the router */
  "PROXY_URL": "http://worker:@Prox@@10.1.2.3:3128",
  "API_TIMEOUT_MS": 600000,
  "LOG": true,
  "CUSTOM_ROUTER_PATH": "/users/me/route.js",
  "Providers": [
    {"name": "openrouter", "api_base_url": "https://openrouter.ai/api/v1/chat/completions", "api_key": "@Opro@",
     "models": ["google/gemini-2.5-pro", "anthropic/claude-sonnet-4"],
     "transformer": {
       "use": ["openrouter"],
       "anthropic/claude-sonnet-4": {"use": [["openrouter", {"provider": {"only": ["x"]}}]]}}},
    {"name": "deepseek", "api_base_url": "https://api.deepseek.com/chat/completions", "api_key": "$DEEPSEEK_KEY",
     "models": ["deepseek-chat", "deepseek-reasoner"],
     "transformer": {"use": ["deepseek", ["maxtoken", {"max_tokens": 8192}]]}},
    {"name": "ollama", "api_base_url": "http://localhost:11434/v1/chat/completions", "api_key": "ollama",
     "models": ["qwen2.5-coder:latest"]},
    {"name": "gemini", "api_base_url": "https://generativelanguage.googleapis.com/v1beta/models/", "api_key": "@Gemi@",
     "models": ["gemini-2.5-flash"], "transformer": {"use": ["gemini"]}},
    {"name": "zai", "api_base_url": "https://api.z.ai/api/anthropic/v1/messages", "api_key": "@Zaii@",
     "models": ["glm-4.6"], "transformer": {"use": ["Anthropic"]}},
    {"name": "dash", "api_base_url": "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
     "api_key": "", "models": ["deepseek-chat"],
     "transformer": {"use": ["enhancetool", ["sampling", {"temperature": 0.2}]]}},
  ],
  "Router": {
    "default": "deepseek,deepseek-chat", "background": "ollama,qwen2.5-coder:latest",
    "think": "deepseek,deepseek-reasoner", "longContext": "openrouter,google/gemini-2.5-pro",
    "longContextThreshold": 60000, "webSearch": "gemini,gemini-2.5-flash",
  },
  "fallback": {"default": ["openrouter,anthropic/claude-sonnet-4"]}
}
""",
)

ROUTER_3: dict[str, Any] = {
    "API_TIMEOUT_MS": 600000,
    "Providers": [
        {
            "name": "Work",
            "baseUrl": "https://llm.example.com/anthropic",
            "capabilities": [{"type": "anthropic_messages", "baseUrl": "https://llm.example.com/anthropic"}],
            "credentials": [
                {"name": "off", "api_key": key("Offf"), "enabled": False},
                {"name": "one", "api_key": key("Onee")},
                {"name": "two", "api_key": key("Twoo")},
            ],
            "models": ["claude-sonnet-5-5", "claude-haiku-5-5"],
        },
        {"name": "Old", "enabled": False, "baseUrl": "https://old.example.com/v1", "models": ["x"]},
    ],
    "Router": {
        "builtInRules": {"claude-code": {"enabled": True}},
        "fallback": {"mode": "model-chain", "models": ["Work/claude-haiku-5-5"], "retryCount": 1},
        "rules": [{"id": "r1", "name": "long ones", "type": "condition", "target": "Work/claude-sonnet-5-5"}],
    },
    "profile": {
        "enabled": True,
        "profiles": [
            {"agent": "codex", "enabled": True, "model": "Work/x"},
            {
                "agent": "claude-code",
                "enabled": True,
                "model": "Work/claude-sonnet-5-5",
                "haikuModel": "Work/claude-haiku-5-5",
            },
        ],
    },
}


def router_3_database(path: Path) -> Path:
    """As version 3.1.1 creates it."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE app_config (key TEXT PRIMARY KEY, value_json TEXT NOT NULL, updated_at TEXT NOT NULL)"
        )
        connection.execute("INSERT INTO app_config VALUES ('default', ?, '2026-11-25')", (json.dumps(ROUTER_3),))
    connection.close()
    return path


def settings_of(name: str, **env: str) -> dict[str, Any]:
    """A provider's ``settingsConfig`` in cc-switch."""
    return {"env": {"ANTHROPIC_AUTH_TOKEN": key(name), **env}, "includeCoAuthoredBy": False}


GLM = settings_of("Glmm", ANTHROPIC_BASE_URL="https://api.z.ai/api/anthropic", ANTHROPIC_MODEL="glm-4.6")
OTHER = settings_of("Othe", ANTHROPIC_BASE_URL="https://other.example.com")
SWITCH_1 = {"providers": {"a": {"id": "a", "name": "GLM", "settingsConfig": GLM}}, "current": "a"}
SWITCH_2 = {
    "version": 2,
    "claude": {
        "providers": {
            "a": {"id": "a", "name": "GLM", "settingsConfig": GLM},
            "b": {"id": "b", "name": "Other", "settingsConfig": OTHER},
        },
        "current": "a",
    },
    "codex": {"providers": {}, "current": ""},
}
SWITCH_PYPI = {
    "active": "deepseek/deepseek-chat",
    "providers": {
        "deepseek": {
            "base_url": "https://api.deepseek.com/anthropic",
            "api_key_name": "DEEPSEEK_API_KEY",
            "models": ["deepseek-chat", "deepseek-reasoner"],
            "extra_env": {"CLAUDE_CODE_EFFORT_LEVEL": "max"},
        }
    },
}


def switch_database(path: Path, meta: dict[str, Any] | None = None) -> Path:
    """As version 3 of the desktop program creates it, with the columns that matter."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE providers (id TEXT NOT NULL, app_type TEXT NOT NULL, name TEXT NOT NULL,"
            " settings_config TEXT NOT NULL, sort_index INTEGER, meta TEXT NOT NULL DEFAULT '{}',"
            " is_current BOOLEAN NOT NULL DEFAULT 0, PRIMARY KEY (id, app_type))"
        )
        connection.execute("CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT)")
        rows = [
            ("b", "claude", "Other", json.dumps(OTHER), 0, "{}", 0),
            ("a", "claude", "GLM", json.dumps(GLM), 1, json.dumps(meta or {}), 1),
            ("a", "codex", "Codex", json.dumps({"auth": {"OPENAI_API_KEY": key("Cdex")}}), 0, "{}", 1),
        ]
        connection.executemany("INSERT INTO providers VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        common = json.dumps({"env": {"API_TIMEOUT_MS": "600000"}})
        connection.execute("INSERT INTO settings VALUES ('common_config_claude', ?)", (common,))
    connection.close()
    return path


BASHRC = f"""# my shell
alias ll='ls -l'
export PATH="$HOME/bin:$PATH"
export ANTHROPIC_BASE_URL=https://llm.example.com   # the company's
export ANTHROPIC_AUTH_TOKEN={key("Bash")}
export ANTHROPIC_MODEL="claude-sonnet-5-5"
export CLAUDE_CODE_MAX_OUTPUT_TOKENS=32000
export ANTHROPIC_SMALL_FAST_MODEL="$(cat ~/.model)"
"""

PORTKEY_ENV = f"""ANTHROPIC_BASE_URL=https://api.portkey.ai
ANTHROPIC_AUTH_TOKEN=dummy-for-portkey
ANTHROPIC_CUSTOM_HEADERS="x-portkey-api-key: {key("Port")}
x-portkey-provider: @anthropic-prod"
"""

PORTKEY_CONFIG = {
    "strategy": {"mode": "fallback", "on_status_codes": [429, 500]},
    "retry": {"attempts": 3},
    "cache": {"mode": "simple"},
    "targets": [
        {"provider": "anthropic", "api_key": key("Anth"), "override_params": {"model": "claude-sonnet-4-6"}},
        {"virtual_key": "openai-prod", "override_params": {"model": "gpt-5"}, "request_timeout": 30000},
        {"virtual_key": "main-258f4d", "override_params": {"model": "x"}},
        {"provider": "openai", "api_key": key("Opai")},
    ],
}
PORTKEY_BALANCE = {
    "strategy": {"mode": "loadbalance"},
    "targets": [
        {
            "provider": "anthropic",
            "api_key": key("Anta"),
            "weight": 0.7,
            "overrideParams": {"model": "claude-sonnet-4-6"},
        },
        {
            "provider": "anthropic",
            "api_key": key("Antb"),
            "weight": 0.3,
            "overrideParams": {"model": "claude-sonnet-4-6"},
        },
    ],
}

OLD_LITELLM = f"""# our gateway
model_list:
  - model_name: sonnet
    litellm_params:
      model: anthropic/claude-sonnet-4-6
      api_key: {key("Lite")}   # the team's
      num_retires: 2
general_settings:
  master_key: {key("Mast")}
"""
