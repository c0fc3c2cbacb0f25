"""Pods as server-side dry runs: what would become of them, and the warnings."""

import dataclasses
import http.client
import json
import re

from api import path_of

DENIED = re.compile(r'admission webhook "\w+\.railhook\.io" denied the request: (.*)', re.DOTALL)


@dataclasses.dataclass
class Answer:
    """What would become of a pod: itself as created, railhook's denial, or somebody else's refusal."""

    pod: dict
    denied: str
    refused: str
    warnings: list


class DryRuns:
    """Uses one connection, from one thread."""

    def __init__(self, api):
        self.connection = http.client.HTTPSConnection(*api.address, timeout=30, context=api.trust)

    def create(self, pod, namespace):
        path = path_of("Pod", "", namespace) + "?dryRun=All&fieldValidation=Ignore"
        self.connection.request("POST", path, json.dumps(pod), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        warnings = [_text(line) for line in answer.headers.get_all("Warning", [])]
        if answer.status < 400:
            return Answer(body, None, None, warnings)
        denied = DENIED.fullmatch(body["message"])
        return Answer(None, denied and denied[1], None if denied else body["message"], warnings)


def _text(line):
    """Of a Warning header: 299 - "text"."""
    quoted = re.fullmatch(r'299 \S+ "(.*)"', line.encode("latin-1").decode())
    return re.sub(r"\\(.)", r"\1", quoted[1])
