"""What railhook reads of an API server: lists and watches of a few objects that don't change."""

import http.server
import json
import threading
import urllib.parse

RESOURCES = {"spidermultusconfigs": "SpiderMultusConfig", "network-attachment-definitions": "NetworkAttachmentDefinition",
             "namespaces": "Namespace"}


class StandIn:
    """Refuses connections until it is opened. Beside the lists and watches it has nothing, not even a Lease."""

    def __init__(self, objects):
        self.objects = objects
        self.answering, self.ending = threading.Event(), threading.Event()
        self.answering.set()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=False)
        self.server.daemon_threads = True
        self.server.server_bind()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = None

    def open(self):
        self.server.server_activate()
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def hang(self):
        """Answers nobody until `resume`."""
        self.answering.clear()

    def resume(self):
        self.answering.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.resume()
        if self.thread:
            self.server.shutdown()
            self.thread.join()
        self.server.server_close()

    def kubeconfig(self, path):
        """Written to the path."""
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c", "users": [{"name": "u", "user": {}}],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
        return path

    def list_of(self, path):
        """None where there is no such resource."""
        kind = RESOURCES.get(path.rpartition("/")[2])
        items = [thing for thing in self.objects if thing["kind"] == kind]
        return kind and {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": items}

    def _handler(stand_in):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                stand_in.answering.wait()
                url = urllib.parse.urlsplit(self.path)
                found = stand_in.list_of(url.path)
                if found and "watch" in urllib.parse.parse_qs(url.query):
                    self._watch()
                else:
                    self._answer(200 if found else 404, found or {"kind": "Status", "code": 404, "reason": "NotFound"})

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(403, {"kind": "Status", "code": 403, "reason": "Forbidden"})

            def _answer(self, code, content):
                body = json.dumps(content).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _watch(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                stand_in.ending.wait()

            def log_message(self, *_):
                pass

        return Handler
