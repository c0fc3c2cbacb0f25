#!/usr/bin/python3
"""The golden cases as an API server sees them: its own code calls the server, verifies the answer, applies the patch with
its own library, and words the refusal.

Usage: cases_test.py RAILHOOK [CASE...]
"""

import pathlib
import sys
import tempfile

from client import ROOT, SECONDS, ApiServerClient, Certificates, registration

sys.path.insert(0, str(ROOT / "tests/cases"))
import run_cases  # noqa: E402

AT_ONCE = 4


class Judge:
    def __init__(self, railhook, client, certificates):
        self.railhook, self.client, self.certificates = railhook, client, certificates
        self.webhooks = registration(certificates)
        self.prefix = f'admission webhook "{self.webhooks[0]["name"]}" denied the request: '

    def faults(self, case):
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            self.certificates.copy_to(directory / "certs")
            with run_cases.Server(self.railhook, case.write_sources(directory), directory) as server:
                first = self._create(case, server, whole(case.pod))
                expected = case.expected_pod()
                yield from run_cases.faults_of(case, first, expected and whole(expected))
                if first.pod is not None:
                    yield from run_cases.faults_again(first, self._create(case, server, first.pod))
                server.process.kill()  # else it would wait for the connections that the client keeps

    def _create(self, case, server, pod):
        made = self.client.create(case.name, self.webhooks, [server.address], pod, case.namespace).result(SECONDS)
        assert made.reused + made.new_connections == 1, "it was not asked exactly once"
        if made.message is None:
            return run_cases.Outcome(held(made.pod), None, made.warnings)
        assert made.message.startswith(self.prefix), made.message
        assert (made.code, made.reason) == (403, "Forbidden"), (made.code, made.reason)
        return run_cases.Outcome(None, made.message.removeprefix(self.prefix), made.warnings)


def whole(pod):
    """An API server always names the type of what it sends."""
    return {"apiVersion": "v1", "kind": "Pod"} | held(pod)


def held(value):
    """As an API server holds it: integers beyond 64 bits become floating point."""
    if isinstance(value, dict):
        return {key: held(item) for key, item in value.items()}
    if isinstance(value, list):
        return [held(item) for item in value]
    return float(value) if isinstance(value, int) and not -2**63 <= value < 2**63 else value


def main():
    cases = run_cases.find_cases(sys.argv[2:])
    with tempfile.TemporaryDirectory() as directory, ApiServerClient() as client:
        judge = Judge(sys.argv[1], client, Certificates(pathlib.Path(directory) / "certs"))
        run_cases.run_all(cases, judge.faults, AT_ONCE)


if __name__ == "__main__":
    main()
