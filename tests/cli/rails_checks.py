"""`railhook rails`; tests of command_line_test.py."""

import json

from harness import NETWORK, RDMA, Run, check, check_all, meta, pod, smc, test


@test
def rails_table(files):
    table = Run("rails", "--rails", files.rails).check("rails", 0).out.splitlines()
    check("the header", table[0].split() == ["CLASS", "KEY", "RAIL", "TYPE", "RESOURCE", "UNITS", "POOLS"], table)
    check("a rail a line, in order", [line.split() for line in table[1:]] == [
        ["rdma", "rdma", f"spiderpool/{name}", "sriov", f"example.com/{name}", "own",
         f"{name}-pool"] for name in ("gpu2", "gpu10")], table)
    starts = {line.index("spiderpool/") for line in table[1:]} | {table[0].index("RAIL")}
    check("columns stand below each other", len(starts) == 1, table)
    told = Run("rails", "--rails", files.rails).err
    check_all("namespaces without the label", told, "team", "railhook.io/inherit")
    check("a namespace with the label is not told", "labelled:" not in told, told)
    files.write("rails/bad.yaml", smc("gpu3", {"cniType": "sriov", "sriov": {"resourceName": "gpu3"}}))
    text = Run("rails", "--rails", files.rails).check("rails with a bad one", 0).out
    check_all("what is wrong", text, "SpiderMultusConfig spiderpool/gpu3: ", "spec.sriov.resourceName", "ippools")


@test
def rails_json(files):
    files.write("rails/bad.yaml", smc("gpu3", {"cniType": "macvlan", "macvlan": {"master": ["eth1"]}},
                                      {NETWORK: "plain"}))
    files.write("rails/nad.yaml", {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition",
                                   "metadata": meta("nad", "team", {RDMA: "rdma", "railhook.io/resource": "x/nad"}),
                                   "spec": {"config": '{"type":"macvlan"}'}})
    listed = json.loads(Run("rails", "--rails", files.rails, "-o", "json").check("rails -o json", 0).out)
    by_name = {item["name"]: item for item in listed}
    wanted = {"class": "rdma", "key": RDMA, "namespace": "spiderpool", "name": "gpu2", "cniType": "sriov",
              "resource": "example.com/gpu2", "exclusive": True, "pools": ["gpu2-pool"], "problems": []}
    check("a rail as JSON", by_name["gpu2"] == wanted, by_name["gpu2"])
    check("a NAD as JSON", (by_name["nad"]["cniType"], by_name["nad"]["exclusive"],
                            by_name["nad"]["problems"]) == ("macvlan", False, []), by_name["nad"])
    check("a plain network has no problem with the network key",
          by_name["gpu3"]["problems"] == [] and by_name["gpu3"]["key"] == NETWORK, by_name["gpu3"])
    config = files.write("config.yaml", {"railNamespaces": ["elsewhere"]})
    limited = json.loads(Run("rails", "--rails", files.rails, "--config", config, "-o", "json").out)
    told = {item["name"]: " ".join(item["problems"]) for item in limited}
    check("railNamespaces is told", all("railNamespaces" in told[name] for name in ("gpu2", "gpu3", "nad")), told)
    check("a NAD serves its own namespace all the same", "own namespace" in told["nad"], told)


@test
def rails_of_nothing(files):
    (files.rails / "rails.yaml").unlink()
    text = Run("rails", "--rails", files.rails).check("no rails", 0).out
    check("no rails are told as such", "no rails" in text, text)
    check("no rails as JSON", json.loads(Run("rails", "--rails", files.rails, "-o", "json").out) == [])
    files.inject(pod()).check("a pod that asks for none of none", 1, '"rdma"')
