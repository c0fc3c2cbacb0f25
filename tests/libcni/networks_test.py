#!/usr/bin/python3
"""Generated networks before CNI's own library (main.go), and some before its plugins.

Usage: networks_test.py RAILHOOK
"""

import json
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/apiserver_client")]
from harness import SECONDS, Run, check, check_all, main, test  # noqa: E402

from client import find_program  # noqa: E402

CASES = ROOT / "tests/networks"
SMC = {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig"}
NAD = {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition"}


def nad(files, *documents, ipam=None, output="json"):
    config = files.write("config.yaml", {"ipam": ipam} if ipam else {})
    return Run("nad", "-f", files.write("smc.yaml", *documents), "-o", output, "--config", config)


def config_of(network):
    """None where Multus takes the configuration from a file of the node."""
    return json.loads(network["spec"]["config"]) if "spec" in network else None


def judge(what, configs, *arguments, wrapper=()):
    """What cni-judge says of each configuration."""
    lines = "".join(json.dumps(config) + "\n" for config in configs)
    ran = subprocess.run([*wrapper, find_program("cni-judge"), what, *arguments], input=lines, capture_output=True,
                         text=True, timeout=SECONDS, check=False)
    verdicts = [json.loads(line) for line in ran.stdout.splitlines()]
    check("cni-judge judges each configuration", len(verdicts) == len(configs), ran.stderr)
    return verdicts


def check_configs(configs):
    for config, verdict in zip(configs, judge("check", configs)):
        check("libcni takes it", not verdict["error"], verdict, config)
        wanted = [plugin["type"] for plugin in config.get("plugins", [config])]
        check("libcni sees its plugins", verdict["plugins"] == wanted, verdict, config)


# ---- What railhook makes ----


def check_case(files, path):
    """The network that a case makes."""
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    ran = nad(files, SMC | case["smc"], ipam=case.get("config", {}).get("ipam"))
    refused = case["expect"].get("refused")
    if refused:
        ran.check(path.stem, 1, "smc.yaml:", "error: SpiderMultusConfig")
        check(f"{path.stem}: nothing on stdout", not ran.out, ran.out)
        return None
    ran.check(path.stem, 0)
    network = json.loads(ran.out)
    made = {"metadata": network["metadata"]} | ({"config": config_of(network)} if "spec" in network else {})
    check(f"{path.stem}: the network", made == case["expect"], ran.out)
    return network


@test
def libcni_takes_the_networks_of_all_cases(files):
    made = [check_case(files, path) for path in sorted(CASES.glob("*.yaml"))]
    configs = [config for network in made if network for config in [config_of(network)] if config]
    check("there are many", len(configs) > 30, len(configs))
    check_configs(configs)


@test
def libcni_takes_the_networks_of_the_examples(_):
    configs = []
    for folder in sorted((ROOT / "examples").glob("*/rails")):
        ran = Run("nad", "-f", folder, "-o", "json")
        if folder.parent.name == "old-forms":
            ran.check("old forms", 1, "lint --fix", "networks.yaml:")
            fixed = Run("lint", "--fix", "-f", folder).out
            ran = Run("nad", "-f", "-", "-o", "json", stdin=fixed)
        ran.check(str(folder), 0)
        networks = json.loads(ran.out)
        configs += [config_of(network) for network in (networks if isinstance(networks, list) else [networks])]
    check("there are many", len(configs) > 20, len(configs))
    check_configs(configs)


@test
def libcni_refuses_what_is_no_network(_):
    whole = {"cniVersion": "0.3.1", "name": "n", "plugins": [{"type": "macvlan"}]}
    wrong = [{"name": "n"}, whole | {"plugins": [{}]}, whole | {"plugins": []},
             whole | {"name": "a/b"}, whole | {"cniVersion": "9.9.9"}]
    for config, verdict in zip(wrong, judge("check", wrong)):
        check("libcni refuses it", verdict["error"], verdict, config)


@test
def yaml_and_json_say_the_same(files):
    smcs = [SMC | {"metadata": {"name": name}, "spec": {"cniType": "ipoib", "ipoib": {"master": name}}}
            for name in ("ib0", "ib1")]
    documents = [SMC | {"kind": "SpiderIPPool", "metadata": {"name": "p"}}, smcs[0],
                 {"apiVersion": "v1", "kind": "List", "items": [smcs[1]]}]
    in_yaml = nad(files, *documents, output="yaml").check("YAML", 0)
    as_json = json.loads(nad(files, *documents).check("JSON", 0).out)
    check("two networks", [network["metadata"]["name"] for network in as_json] == ["ib0", "ib1"], as_json)
    check("both are networks", all(network.items() >= NAD.items() for network in as_json), as_json)
    check("a configuration reads well in YAML", '  config: |\n    {\n      "cniVersion": "0.3.1",\n' in in_yaml.out,
          in_yaml.out)
    check("it is the same", [config_of(network) for network in in_yaml.documents()] == [*map(config_of, as_json)],
          in_yaml.out)


@test
def what_is_wrong_is_told_with_its_line(files):
    good = SMC | {"metadata": {"name": "a", "namespace": "net"}, "spec": {"cniType": "ipoib", "ipoib": {"master": "ib0"}}}
    bad = good | {"spec": {"cniType": "sriov", "sriov": {"resourceName": "x/y", "vlanID": 5000}}}
    ran = nad(files, "# a comment\n", good, bad | {"metadata": {"name": "b"}}).check(
        "one bad of two", 1, "error: SpiderMultusConfig default/b: spec.sriov.vlanID is 5000")
    line = next(number for number, text in enumerate((files.directory / "smc.yaml").read_text().splitlines(), 1)
                if "vlanID" in text)
    check_all("one bad of two", ran.err, f"smc.yaml:{line}: ")
    check("then nothing is printed", not ran.out, ran.out)
    same = good | {"metadata": {"name": "b", "namespace": "net", "annotations": {"multus.spidernet.io/cr-name": "a"}}}
    nad(files, good, same).check("two of one network", 1, "SpiderMultusConfig net/b", "NetworkAttachmentDefinition net/a",
                                 "smc.yaml:1")
    nad(files, good, ipam={"type": "dhcp"}).check("a bad configuration", 1, "config.yaml: line 2: ipam.type")
    Run("nad", "-f", files.directory / "nowhere").check("no such file", 2, "no such file")
    none = Run("nad", "-f", "-", stdin="kind: Pod\n").check("nothing to make", 0, "note:")
    check("nothing is printed for nothing", not none.out, none.out)


# ---- What plugins do with it ----

# A host with one interface, a cable to nowhere, and a pod's namespace; all of it gone with the program.
HOST = """
mount -t tmpfs tmpfs /run && mkdir -p /run/netns && ip link set lo up
ip link add eth1 type veth peer name far1 && ip link set far1 up && ip link set eth1 up
ip netns add pod && ip -n pod link set lo up
"""
LOCAL = {"type": "host-local", "dataDir": "/run/host-local",
         "pools": {"p4": {"subnet": "172.16.11.0/24", "rangeStart": "172.16.11.10"}, "p6": {"subnet": "fd00:11::/64"}}}
STATIC = {"type": "static", "addresses": [{"address": "10.1.0.5/24"}], "routes": [{"dst": "10.2.0.0/16"}]}
BOTH = {"ipv4": ["p4"], "ipv6": ["p6"]}
TUNING = json.dumps({"type": "tuning", "sysctl": {"net.ipv4.conf.IFNAME.arp_announce": "2"}})
BRIDGE = json.dumps({"cniVersion": "1.0.0", "name": "own", "plugins": [
    {"type": "bridge", "bridge": "br7", "ipam": {"type": "host-local", "dataDir": "/run/own",
                                                 "ranges": [[{"subnet": "10.9.0.0/24"}]]}}]})
NETWORKS = [  # device, IPAM, spec, the addresses that the pod gets
    ("macvlan", LOCAL, {"cniType": "macvlan", "macvlan": {"master": ["eth1"], "ippools": BOTH},
                        "chainCNIJsonData": [TUNING]}, ["172.16.11.10/24", "fd00:11::2/64"]),
    ("macvlan", STATIC, {"cniType": "macvlan", "macvlan": {"master": ["eth1"], "mtu": 1400}}, ["10.1.0.5/24"]),
    ("macvlan", None, {"cniType": "macvlan", "macvlan": {"master": ["eth1"]}, "disableIPAM": True}, []),
    ("ipvlan", LOCAL, {"cniType": "ipvlan", "ipvlan": {"master": ["eth1"], "ippools": BOTH}},
     ["172.16.11.10/24", "fd00:11::2/64"]),
    ("vlan", STATIC, {"cniType": "vlan", "vlan": {"master": ["eth1"], "vlanID": 7}}, ["10.1.0.5/24"]),
    ("bridge", None, {"cniType": "custom", "customCNI": BRIDGE}, ["10.9.0.2/24"]),
]
DEVICE = {"vlan": "type vlan id 9", "ipvlan": "type ipvlan mode l2", "macvlan": "type macvlan", "bridge": "type bridge"}


def on_a_host(script):
    """The command that runs a script on HOST."""
    as_root = subprocess.run(["unshare", "--net", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode
    return ["unshare", "--net", "--mount", *(["--map-root-user"] if as_root else []), "--", "bash", "-ec", HOST + script]


def knows(device):
    link = "" if device == "bridge" else "link eth1"
    made = subprocess.run(on_a_host(f"ip link add {link} name probe {DEVICE[device]}"), capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    check(f"{device}: a kernel without it says so", made.returncode == 0 or "Unknown device type" in made.stderr,
          made.stderr)
    return made.returncode == 0


def run_plugins(files, smc, ipam=None):
    """What came of attaching the network of an SMC, and its configuration."""
    config = config_of(json.loads(nad(files, smc, ipam=ipam).check(smc["metadata"]["name"], 0).out))
    plugins = pathlib.Path(find_program("macvlan")).parent
    (verdict,) = judge("run", [config], plugins, "/run/netns/pod", "/run/cni", wrapper=on_a_host('exec "$0" "$@"'))
    return verdict, config


def check_attached(files, number, ipam, spec, addresses):
    annotations = {"multus.spidernet.io/cni-version": "1.0.0" if number % 2 else "0.3.1"}
    smc = SMC | {"metadata": {"name": f"net{number}", "annotations": annotations},
                 "spec": {"enableCoordinator": False} | spec}
    verdict, config = run_plugins(files, smc, ipam)
    check("the plugins attach, check and detach it", not verdict["error"], verdict, config)
    given = [address["address"] for address in (verdict.get("result") or {}).get("ips", [])]
    check("the pod gets its addresses", given == addresses, verdict, config)


@test
def plugins_run_the_networks(files):
    lacking = {device for device in DEVICE if not knows(device)}
    check("the kernel knows macvlan", "macvlan" not in lacking)
    for number, (device, *network) in enumerate(NETWORKS):
        if device not in lacking:
            check_attached(files, number, *network)
    if lacking:
        print(f"SKIPPED: networks of {', '.join(sorted(lacking))} before the plugins; this kernel has no such devices")


@test
def plugins_refuse_a_network_without_its_master(files):
    smc = SMC | {"metadata": {"name": "nowhere"}, "spec": {"cniType": "macvlan", "macvlan": {"master": ["eth9"]},
                                                           "disableIPAM": True, "enableCoordinator": False}}
    verdict, _ = run_plugins(files, smc)
    check("the plugin says so", "Link not found" in verdict["error"], verdict)


if __name__ == "__main__":
    main()
