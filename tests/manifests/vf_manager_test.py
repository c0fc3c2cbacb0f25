#!/usr/bin/python3
"""What the Helm chart makes for the VF manager."""
import sys
import unittest

import yaml

sys.dont_write_bytecode = True

from chart import CHART, ENABLED, NAMESPACE, OLDEST_FOR_VFS, ROOT, is_vf_managers, documents, refusal, render_vf_manager  # noqa: E402

KINDS = {"DaemonSet", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
         "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


def pod_spec(objects):
    return objects["DaemonSet"]["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod_spec(objects)["containers"]
    return only


class VfManager(unittest.TestCase):
    def test_there_is_none_by_default(self):
        self.assertEqual([one for one in documents(ENABLED) if is_vf_managers(one)], [])

    def test_switched_on_it_has_all_that_it_needs(self):
        self.assertEqual(set(render_vf_manager()), KINDS)

    def test_the_webhook_is_as_it_is_without(self):
        both = documents(ENABLED | {"vfManager": {"enabled": True}})
        self.assertEqual([one for one in both if not is_vf_managers(one)], documents(ENABLED))

    def test_servers_that_tell_no_token_s_node_are_refused(self):
        told = refusal({"vfManager": {"enabled": True}}, kubernetes="1.29.4")
        self.assertIn("vfManager.enabled needs Kubernetes 1.30 or later", told)
        render_vf_manager(kubernetes=OLDEST_FOR_VFS)

    def test_one_capability_and_no_more(self):
        context = container(render_vf_manager())["securityContext"]
        self.assertEqual(context["capabilities"], {"drop": ["ALL"], "add": ["NET_ADMIN"]})
        self.assertEqual((context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]), (False, True))
        self.assertNotIn("privileged", context)

    def test_the_hosts_network_and_nothing_else_of_its_namespaces(self):
        spec = pod_spec(render_vf_manager())
        self.assertTrue(spec["hostNetwork"])
        self.assertEqual({"hostPID", "hostIPC", "shareProcessNamespace"} & set(spec), set())

    def test_every_directory_of_the_host_is_mounted_and_named_by_an_option(self):
        objects = render_vf_manager({"vfManager": {"kubeletDirectory": "/data/kubelet"}})
        mounts = {mount["name"]: mount["mountPath"] for mount in container(objects)["volumeMounts"]}
        paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod_spec(objects)["volumes"]}
        self.assertEqual(set(mounts), set(paths))
        self.assertEqual(paths["kubelet"], "/data/kubelet")
        named = {"/".join(argument.split("=")[1].split("/")[:3]) for argument in container(objects)["args"] if "=/host/" in argument}
        self.assertEqual(named, set(mounts.values()))

    def test_the_readme_says_what_each_directory_of_the_host_is_for(self):
        rows = [line.split("|")[1] for line in (CHART / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        for volume in pod_spec(render_vf_manager())["volumes"]:
            path = volume["hostPath"]["path"]
            wanted = "kubelet's directory" if path == "/var/lib/kubelet" else f"`{path}`"
            self.assertTrue(any(wanted in row for row in rows), path)

    def test_selectors_find_its_pods_and_not_the_webhooks(self):
        daemon_set = render_vf_manager()["DaemonSet"]["spec"]
        self.assertEqual(daemon_set["selector"]["matchLabels"], daemon_set["template"]["metadata"]["labels"])
        webhook = next(one for one in documents(ENABLED) if one["kind"] == "Deployment")["spec"]["selector"]["matchLabels"]
        self.assertNotEqual(webhook["app.kubernetes.io/name"],
                            daemon_set["template"]["metadata"]["labels"]["app.kubernetes.io/name"])

    def test_policies_may_be_in_another_namespace(self):
        objects = render_vf_manager({"vfManager": {"policyNamespace": "spiderpool"}})
        self.assertIn("--namespace=spiderpool", container(objects)["args"])
        self.assertEqual({objects[kind]["metadata"]["namespace"] for kind in ("Role", "RoleBinding")}, {"spiderpool"})
        self.assertEqual(objects["RoleBinding"]["subjects"][0]["namespace"], NAMESPACE)

    def test_the_probe_asks_where_it_serves(self):
        self.assertNotIn("readinessProbe", container(render_vf_manager()))
        serving = container(render_vf_manager({"vfManager": {"metricsPort": 9100}}))
        self.assertIn("--metrics=$(NODE_IP):9100", serving["args"])
        self.assertEqual(serving["readinessProbe"], {"httpGet": {"path": "/readyz", "port": "metrics"}})
        self.assertEqual(serving["ports"], [{"name": "metrics", "containerPort": 9100}])

    def test_taking_over_is_said(self):
        self.assertNotIn("--take-over", container(render_vf_manager())["args"])
        self.assertIn("--take-over", container(render_vf_manager({"vfManager": {"takeOver": True}}))["args"])

    def test_nothing_can_be_read_that_is_secret_and_nothing_deleted(self):
        objects = render_vf_manager()
        for kind in ("Role", "ClusterRole"):
            for rule in objects[kind]["rules"]:
                self.assertNotIn("secrets", rule["resources"])
                self.assertEqual({"*", "delete", "deletecollection"} & set(rule["verbs"]), set())

    def test_all_that_it_may_write_is_tied_to_its_node_but_evictions(self):
        objects = render_vf_manager()
        tied = {resource for rule in objects["ValidatingAdmissionPolicy"]["spec"]["matchConstraints"]["resourceRules"]
                for resource in rule["resources"]}
        written = {resource for kind in ("Role", "ClusterRole") for rule in objects[kind]["rules"]
                   for resource in rule["resources"] if {"create", "patch", "update"} & set(rule["verbs"])}
        self.assertEqual(written - tied, {"pods/eviction"})

    def test_the_external_device_plugins_pods_may_be_deleted_where_they_are_and_nowhere_else(self):
        values = {"vfManager": {"enabled": True, "devicePlugin": "external",
                                "externalDevicePlugin": {"namespace": "net", "labels": "app=dp,tier=node"}}}
        objects = [one for one in documents(values, kubernetes=OLDEST_FOR_VFS) if is_vf_managers(one)]
        deleting = [one for one in objects if "delete" in str(one.get("rules"))]
        self.assertEqual([(one["kind"], one["metadata"]["namespace"], one["rules"]) for one in deleting],
                         [("Role", "net", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]}])])
        bound = [one["metadata"]["namespace"] for one in objects if one["kind"] == "RoleBinding" and
                 one["roleRef"]["name"] == deleting[0]["metadata"]["name"]]
        self.assertEqual(bound, ["net"])
        (policy,) = [one["spec"] for one in objects if one["kind"] == "ValidatingAdmissionPolicy"]
        self.assertEqual([rule["operations"] for rule in policy["matchConstraints"]["resourceRules"] if rule["resources"] == ["pods"]],
                         [["DELETE"]])
        (tied,) = [one["expression"] for one in policy["validations"] if "'pods'" in one["expression"]]
        for part in ("oldObject.spec.nodeName == variables.node", "[?'app'] == optional.of('dp')", "[?'tier'] == optional.of('node')"):
            self.assertIn(part, tied)
        (daemon_set,) = [one for one in objects if one["kind"] == "DaemonSet"]
        for argument in ("--device-plugin=external", "--device-plugin-namespace=net", "--device-plugin-labels=app=dp,tier=node"):
            self.assertIn(argument, container({"DaemonSet": daemon_set})["args"])

    def test_the_policy_is_about_the_account_of_the_pods(self):
        for release, namespace in (("railhook", NAMESPACE), ("my", "rails")):
            objects = render_vf_manager(release=release, namespace=namespace)
            account = objects["ServiceAccount"]["metadata"]["name"]
            self.assertEqual(pod_spec(objects)["serviceAccountName"], account)
            condition = objects["ValidatingAdmissionPolicy"]["spec"]["matchConditions"][0]["expression"]
            self.assertIn(f'"system:serviceaccount:{namespace}:{account}"', condition)

    def test_images(self):
        version = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["appVersion"]
        for image, wanted in [({}, f"railhook-vfmanager:{version}"), ({"tag": "x"}, "railhook-vfmanager:x"),
                              ({"digest": "sha256:" + "0" * 64}, "railhook-vfmanager@sha256:" + "0" * 64)]:
            self.assertEqual(container(render_vf_manager({"vfManager": {"image": image}}))["image"], wanted)
        self.assertIn('ENTRYPOINT ["/railhook-vfmanager"]', (ROOT / "Dockerfile").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
