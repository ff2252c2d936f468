"""LiteLLM's key API as far as a rotation uses it, with places to fail at. Shapes of LiteLLM 1.106.2."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ADMIN = "sk-" + "adminq7Zt" * 3


class KeyServer:
    """``keys``: key → row; ``fail``: path → status to answer; ``calls``: method, path and body of each call."""

    def __init__(self, keys: dict[str, dict[str, Any]]) -> None:
        self.keys = keys
        self.fail: dict[str, int] = {}
        self.refuse_new = False
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.made: list[str] = []
        self.url = ""

    def answer(self, method: str, url: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        path = urlsplit(url).path
        self.calls.append((method, url, body))
        if path in self.fail:
            return self.fail[path], {"error": {"message": f"no {key}", "type": "auth_error"}}
        if path == "/v1/models":
            good = key in self.keys and not (self.refuse_new and key in self.made)
            return (200, {"data": []}) if good else (401, {"error": {"message": "Invalid key", "type": "auth_error"}})
        if key != ADMIN:
            return 401, {"error": {"message": "not an administrator"}}
        if path == "/key/info":
            wanted = parse_qs(urlsplit(url).query)["key"][0]
            row = next((v for k, v in self.keys.items() if sha256(k.encode()).hexdigest() == wanted), None)
            return (200, {"key": wanted, "info": row}) if row is not None else (404, {"error": {"message": "unknown"}})
        if path == "/key/generate":
            new = f"sk-new{len(self.made)}" + "Zt7q" * 6
            self.made.append(new)
            self.keys[new] = dict(body)
            return 200, {"key": new, "token": sha256(new.encode()).hexdigest()}
        if path == "/key/delete":
            for gone in body["keys"]:
                self.keys.pop(gone, None)
            return 200, {"deleted_keys": body["keys"]}
        if path == "/key/update":
            self.keys[body["key"]]["duration"] = body["duration"]
            return 200, {"key": body["key"]}
        return 404, {"detail": "Not Found"}


@contextmanager
def serving(server: KeyServer) -> Iterator[KeyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            key = (self.headers.get("authorization") or "").removeprefix("Bearer ")
            status, data = server.answer(self.command, self.path, key, body)
            content = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
