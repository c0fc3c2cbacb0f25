#!/usr/bin/python3
import base64
import contextlib
import http.server
import io
import json
import ssl
import threading
import unittest

from sandbox import Sandbox, run

import json_patch
import send_pod

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"},
       "spec": {"containers": [{"name": "c"}]}}
PATCH = [{"op": "add", "path": "/metadata/labels", "value": {"a/b": "1"}}]


def encoded(patch):
    return base64.b64encode(json.dumps(patch).encode()).decode()


class Webhook:
    """An HTTPS server that answers every POST with what `answer` makes of the request's body."""

    def __init__(self, directory, answer):
        key, self.ca = directory / "tls.key", directory / "tls.crt"
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca)
        assert made.returncode == 0, made.stderr

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.dumps(answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/mutate-pods"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def allowed(review, **response):
    return {"apiVersion": review["apiVersion"], "kind": review["kind"],
            "response": {"uid": review["request"]["uid"], "allowed": True} | response}


class Send(Sandbox):
    def test_sends_a_review_and_takes_the_answer_to_it(self):
        with Webhook(self.dir, lambda review: allowed(review, warnings=[review["request"]["namespace"]])) as webhook:
            response = send_pod.send(webhook.url, webhook.ca, send_pod.review_of(POD))
        self.assertEqual(response["warnings"], ["n"])

    def test_refuses_an_answer_with_another_uid(self):
        with Webhook(self.dir, lambda review: allowed(review, uid="other")) as webhook:
            with self.assertRaisesRegex(ValueError, "another uid"):
                send_pod.send(webhook.url, webhook.ca, send_pod.review_of(POD))

    def test_refuses_an_answer_that_is_no_review(self):
        with Webhook(self.dir, lambda review: allowed(review) | {"kind": "Status"}) as webhook:
            with self.assertRaisesRegex(ValueError, "kind of the answer is 'Status'"):
                send_pod.send(webhook.url, webhook.ca, send_pod.review_of(POD))

    def test_trusts_only_the_given_certificate(self):
        (self.dir / "a").mkdir()
        (self.dir / "b").mkdir()
        other = Webhook(self.dir / "b", allowed)
        other.server.server_close()
        with Webhook(self.dir / "a", allowed) as webhook:
            with self.assertRaisesRegex(OSError, "CERTIFICATE_VERIFY_FAILED"):
                send_pod.send(webhook.url, other.ca, send_pod.review_of(POD))


class Patch(unittest.TestCase):
    def test_is_empty_where_the_response_has_none(self):
        self.assertEqual(send_pod.patch_of({"allowed": True}), [])

    def test_is_decoded(self):
        self.assertEqual(send_pod.patch_of({"patchType": "JSONPatch", "patch": encoded(PATCH)}), PATCH)

    def test_needs_its_type(self):
        with self.assertRaises(ValueError):
            send_pod.patch_of({"patch": encoded(PATCH)})


class Show(unittest.TestCase):
    def shown(self, response, patch):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            send_pod.show(POD, response, json_patch.apply(POD, patch))
        return out.getvalue().split("\n\n", 1)[1]

    def test_marks_what_is_added_and_tells_the_warnings(self):
        lines = self.shown({"allowed": True, "warnings": ["mind the gap"]}, PATCH).splitlines()
        self.assertEqual([line for line in lines if line.startswith("+")], ["+   labels:", "+     a/b: '1'"])
        self.assertEqual(lines[-1], "warning: mind the gap")

    def test_marks_what_is_removed(self):
        lines = self.shown({"allowed": True}, [{"op": "remove", "path": "/metadata/namespace"}]).splitlines()
        self.assertIn("-   namespace: n", lines)

    def test_says_why_a_pod_is_denied(self):
        self.assertEqual(self.shown({"allowed": False, "status": {"message": "no such class"}}, []),
                         "denied: no such class\n")

    def test_says_that_nothing_changed(self):
        self.assertEqual(self.shown({"allowed": True}, []), "after: the same, there is nothing to add\n")

    def test_spaces_json_in_strings_without_changing_what_it_means(self):
        networks = [{"name": "a", "namespace": "n"}, {"name": "b", "namespace": "n"}]
        spaced = send_pod.readable({"x": [json.dumps(networks), "[not json", "a,b"]})["x"]
        self.assertEqual(spaced, ['[{"name":"a","namespace":"n"}, {"name":"b","namespace":"n"}]', "[not json", "a,b"])


if __name__ == "__main__":
    unittest.main()
