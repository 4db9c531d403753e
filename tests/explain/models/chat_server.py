"""A server process that speaks the OpenAI chat protocol; the model's name says how it behaves.

Run as ``python chat_server.py FOLDER``: prints its port, keeps every request in FOLDER, and answers
with FOLDER/observe.json or FOLDER/judge.json unless the model's name asks for something else.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SEEN: dict[str, int] = {}


class Handler(BaseHTTPRequestHandler):
    folder = Path()

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def error(self, status: int, message: str, **headers: str) -> None:
        self.reply(status, json.dumps({"error": {"message": message}}).encode(), **headers)

    def say(self, content: str | None, **more: object) -> None:
        message = {"role": "assistant", "content": content, **more}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.reply(200, json.dumps({"object": "chat.completion", "choices": [choice]}).encode())

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(data)
        model = body["model"]
        SEEN[model] = SEEN.get(model, 0) + 1
        kept = {"path": self.path, "headers": dict(self.headers), "body": body}
        name = f"{len(list(self.folder.glob('request-*'))):03d}"
        (self.folder / f"request-{name}.json").write_text(json.dumps(kept))
        asked = body.get("response_format", {}).get("json_schema", {}).get("name")
        step = asked or ("judge" if "Findings of the examination" in str(body) else "observe")
        answer = (self.folder / f"{step}.json").read_text()
        match model:
            case "refuses":
                self.say(None, refusal="I cannot help with that.")
            case "refuses-in-words":
                self.say("I'm sorry, but I can't analyse this picture.")
            case "empty":
                self.say("")
            case "fenced":
                self.say(f"Sure! Here it is:\n```json\n{answer}\n```\nHope that helps.")
            case "cut-off":
                self.say(answer[: len(answer) // 2])
            case "not-a-completion":
                self.reply(200, b"[1, 2")
            case "endless":
                self.say("x" * 5_000_000)
            case "slow":
                time.sleep(5)
                self.say(answer)
            case "dripping":
                self.send_response(200)
                self.end_headers()
                for _ in range(50):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.1)
            case "busy-once" if SEEN[model] == 1:
                self.error(503, "loading the model", Retry_After="0")
            case "busy":
                self.error(429, "too many requests", Retry_After="0")
            case "no-schema" if "response_format" in body:
                self.error(400, "response_format is not supported by this server")
            case "new-fields" if "max_tokens" in body or "temperature" in body:
                field = "max_tokens" if "max_tokens" in body else "temperature"
                self.error(400, f"Unsupported parameter: '{field}'")
            case "unknown":
                self.error(404, "the model 'unknown' does not exist")
            case "locked":
                self.error(401, "bad key")
            case "redirects":
                self.reply(307, b"", Location="http://127.0.0.1:9/v1/chat/completions")
            case _:
                self.say(answer)


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
