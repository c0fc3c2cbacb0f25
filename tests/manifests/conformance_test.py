#!/usr/bin/python3
"""Whether API servers would take the manifests: kubeconform with the schemas that Kubernetes publishes, in which a field
that isn't known is an error."""
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import yaml

sys.dont_write_bytecode = True

import schemas  # noqa: E402
from chart import ENABLED, MANIFESTS, ROOT, documents, programs, render, run, template  # noqa: E402

SWAGGERS = {"1.28": "swagger-1.28.json", "newest": "swagger.json"}
UNPUBLISHED = ("cert-manager.io/v1/Certificate", "cert-manager.io/v1/Issuer")  # their schemas can't be had here
UNPUBLISHED_KIND = re.compile(r"^kind: (?:Certificate|Issuer)$", re.M)
CRDS = sorted((MANIFESTS / "crds").glob("*.yaml"))
VALUE_FILES = sorted((pathlib.Path(__file__).parent / "values").glob("*.yaml"))
NETWORKS = sorted(ROOT.glob("examples/*/rails*/networks.yaml"))
OLD_FORMS = ROOT / "examples/old-forms/rails/networks.yaml"


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directories = {}
        for version, name in SWAGGERS.items():
            cls.directories[version] = pathlib.Path(directory.name) / version
            cls.directories[version].mkdir()
            found = shutil.which(name, mode=0, path=programs()["PATH"])
            schemas.write_kubernetes(pathlib.Path(found), cls.directories[version])
            for path in CRDS:
                schemas.write_custom_resource(yaml.safe_load(path.read_text(encoding="utf-8")), cls.directories[version])

    def findings(self, version, *files, stdin=""):
        """(what is wrong with the objects, how many there are); on standard input where there are no files."""
        ran = run("kubeconform", "-strict", "-output", "json", "-summary", "-skip", ",".join(UNPUBLISHED), "-schema-location",
                  self.directories[version] / schemas.FILES, *files, stdin=stdin)
        found = json.loads(ran.stdout)
        self.assertEqual(found["summary"]["skipped"], len(UNPUBLISHED_KIND.findall(stdin)))
        return [f"{one['kind']} {one['name']}: {one['msg']}" for one in found["resources"]], sum(found["summary"].values())

    def assert_taken(self, *files, count, stdin=""):
        for version in SWAGGERS:
            self.assertEqual(self.findings(version, *files, stdin=stdin), ([], count), version)

    def test_what_the_chart_makes(self):
        for path in VALUE_FILES:
            with self.subTest(path.name):
                values = yaml.safe_load(path.read_text(encoding="utf-8"))
                self.assertEqual(self.findings("newest", stdin=template(values).stdout), ([], len(documents(values))))
                values.pop("vfManager", None)  # needs a later one than the oldest
                self.assert_taken(stdin=template(values).stdout, count=len(documents(values)))

    def test_the_plain_manifest(self):
        self.assert_taken(MANIFESTS / "railhook.yaml", count=len(render(ENABLED)) + 1)

    def test_the_custom_resources(self):
        self.assert_taken(*CRDS, count=len(CRDS))

    def test_networks_of_the_examples_against_the_custom_resources(self):
        for path in NETWORKS:
            count = len(list(yaml.safe_load_all(path.read_text(encoding="utf-8"))))
            if path != OLD_FORMS:
                self.assert_taken(path, count=count)

    def test_old_forms_of_networks_are_not_taken(self):
        found, _ = self.findings("newest", OLD_FORMS)
        for part in ("'/spec': additional properties 'ippools' not allowed", "'enableRdma'", "'matchMasterSubnet'",
                     "'/spec/ibsriov/pkey': got number, want string"):
            self.assertIn(part, " ".join(found))

    def test_a_typing_error_is_found(self):
        for kind, change in [("Deployment", lambda one: one["spec"]["template"]["spec"].update(priorityClass="x")),
                             ("Deployment", lambda one: one["spec"].update(replicas="2")),
                             ("MutatingWebhookConfiguration", lambda one: one["webhooks"][0].update(timeout=5)),
                             ("MutatingWebhookConfiguration", lambda one: one["webhooks"][0].pop("sideEffects")),
                             ("PodDisruptionBudget", lambda one: one["spec"].update(maxunavailable=1)),
                             ("ClusterRole", lambda one: one["rules"][0].update(resource=["pods"]))]:
            objects = render(ENABLED)
            change(objects[kind])
            for version in SWAGGERS:
                self.assertEqual(len(self.findings(version, stdin=yaml.safe_dump(objects[kind]))[0]), 1, (kind, version))


if __name__ == "__main__":
    unittest.main()
