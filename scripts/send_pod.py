#!/usr/bin/python3
"""Asks a webhook about a pod as an API server would, and shows the pod before and after.

Usage: send_pod.py --url https://127.0.0.1:8443/mutate-pods --ca ca.crt --pod pod.yaml
"""
import argparse
import base64
import difflib
import http.client
import json
import os
import ssl
import sys
import time
import urllib.request
import uuid

import yaml

import json_patch

GREEN, RED, YELLOW, BOLD = "32", "31", "33", "1"


def review_of(pod):
    """The AdmissionReview (admission.k8s.io/v1) that an API server sends when `pod` is created."""
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": str(uuid.uuid4()),
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "name": pod["metadata"].get("name", ""),
            "namespace": pod["metadata"].get("namespace", "default"),
            "operation": "CREATE",
            "userInfo": {"username": "kubernetes-admin", "groups": ["system:authenticated"]},
            "object": pod,
            "oldObject": None,
            "dryRun": False,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
        },
    }


def send(url, ca, review):
    """The response in the webhook's answer; raises ValueError where that is not the answer to `review`."""
    request = urllib.request.Request(url, json.dumps(review).encode(), {"Content-Type": "application/json"})
    context = ssl.create_default_context(cafile=ca)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=context))
    with direct.open(request, timeout=10) as answer:
        got = json.load(answer)
    for field in ("apiVersion", "kind"):
        if got.get(field) != review[field]:
            raise ValueError(f"{field} of the answer is {got.get(field)!r}")
    if got["response"]["uid"] != review["request"]["uid"]:
        raise ValueError("the answer carries another uid than the request")
    return got["response"]


def patch_of(response):
    """The JSON patch in a response; empty where there is none."""
    if "patch" not in response:
        return []
    if response.get("patchType") != "JSONPatch":
        raise ValueError(f"patchType is {response.get('patchType')!r}")
    return json.loads(base64.b64decode(response["patch"], validate=True))


def spaced(value):
    """A JSON text with spaces where it may be folded: between the items of a list, else behind every comma."""
    if isinstance(value, list):
        return "[" + ", ".join(json.dumps(item, separators=(",", ":")) for item in value) + "]"
    return json.dumps(value, separators=(", ", ":"))


def readable(value):
    """`value` with the JSON in its strings spaced; other strings stay as they are."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return spaced(json.loads(value))
        except ValueError:
            return value
    return value


def as_lines(pod):
    return yaml.safe_dump(readable(pod), sort_keys=False, width=100, allow_unicode=True).splitlines()


def compared(before, after):
    """The lines of `after`, with what is new marked + and what went away -."""
    return [line for line in difflib.ndiff(before, after) if not line.startswith("?")]


def coloured(code, text):
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[{code}m{text}\033[0m"
    return text


def show(pod, response, after):
    print(coloured(BOLD, "before:"))
    print("\n".join("  " + line for line in as_lines(pod)))
    print()
    if not response["allowed"]:
        print(coloured(RED, "denied: ") + response["status"]["message"])
    elif after == pod:
        print("after: the same, there is nothing to add")
    else:
        print(coloured(BOLD, "after:"))
        for line in compared(as_lines(pod), as_lines(after)):
            colour = {"+": GREEN, "-": RED}.get(line[0])
            print(coloured(colour, line) if colour else line)
    for warning in response.get("warnings", []):
        print(coloured(YELLOW, "warning: ") + warning)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="of the webhook")
    parser.add_argument("--ca", required=True, help="file with the certificate that signed the webhook's")
    parser.add_argument("--pod", required=True, help="file with the pod, YAML or JSON")
    options = parser.parse_args()
    with open(options.pod, encoding="utf-8") as file:
        pod = yaml.safe_load(file)
    start = time.monotonic()
    try:
        response = send(options.url, options.ca, review_of(pod))
        took = 1000 * (time.monotonic() - start)
        patch = patch_of(response)
        after = json_patch.apply(pod, patch)
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException) as error:
        sys.exit(f"send_pod.py: {options.url}: {type(error).__name__}: {error}")
    show(pod, response, after)
    print(f"\n{options.url} answered in {took:.1f} ms, TLS handshake included: "
          f"{'allowed' if response['allowed'] else 'denied'}, {len(patch)} patch operations")
    sys.exit(not response["allowed"])


if __name__ == "__main__":
    main()
