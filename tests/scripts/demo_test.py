#!/usr/bin/python3
import os
import pathlib
import unittest

from sandbox import ROOT, SCRIPTS, Sandbox, run

EXAMPLE = ROOT / "examples/sriov-rails"


class Demo(Sandbox):
    """scripts/demo with programs that are no webhook; ctest's program/demo runs it with railhook."""

    def demo(self, program, **environment):
        railhook = self.write("railhook", "#!/bin/bash\n" + program, 0o755)
        return run(SCRIPTS / "demo", railhook, EXAMPLE, self.dir / "out", env=os.environ | environment)

    def assert_stopped(self):
        self.assertFalse(pathlib.Path("/proc", (self.dir / "pid").read_text().strip()).exists())

    def test_shows_the_log_of_a_server_that_does_not_start(self):
        ran = self.demo("echo 'error: rails: no such directory' >&2; exit 1")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("railhook serve did not start", ran.stderr)
        self.assertIn("    error: rails: no such directory", ran.stderr)

    def test_does_not_wait_for_ever_and_stops_what_it_started(self):
        ran = self.demo(f"echo $$ >{self.dir}/pid; exec sleep 60", START_SECONDS="1")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("railhook serve was not ready after 1 seconds", ran.stderr)
        self.assert_stopped()

    def test_fails_where_the_webhook_does_not_answer(self):
        ran = self.demo(f"""echo $$ >{self.dir}/pid
            echo '{{"msg":"serving","admission":"127.0.0.1:1","health":"127.0.0.1:1"}}' >&2
            cp /etc/ssl/certs/ca-certificates.crt {self.dir}/out/certs/ca.crt
            exec sleep 60""")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("Connection refused", ran.stderr)
        self.assertIn("the webhook did not admit the pod", ran.stderr)
        self.assert_stopped()


if __name__ == "__main__":
    unittest.main()
