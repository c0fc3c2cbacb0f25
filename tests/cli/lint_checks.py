"""`railhook lint`; tests of command_line_test.py."""

import json
import re

import yaml

from harness import CONFIG_MAP, RDMA, Run, check, check_all, networks, pod, smc, sriov, test


@test
def lint_of_good_files(files):
    ran = Run("lint", "-f", files.rails).check("lint of a directory", 0)
    check("nothing to say", ran.out == "" and ran.err == "", ran.out, ran.err)
    files.lint(CONFIG_MAP).check("lint of other objects", 0)
    files.lint("").check("lint of nothing", 0)


@test
def lint_says_where(files):
    path = files.write("lint.yaml", "# 1\n" + yaml.safe_dump(sriov("gpu1"), sort_keys=False), """\
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata:
  name: gpu2
spec:
  cniType: sriov
  sriov:
    resourceName: x/y
    vlanID: 5000
    mtuu: 9000
""")
    lines = path.read_text().splitlines()
    err = Run("lint", "-f", path).check("lint", 1).err
    place, named = re.escape(str(path)), "SpiderMultusConfig default/gpu2"
    for field, value in [("vlanID", "5000"), ("mtuu", '"mtu"')]:
        line = next(i for i, text in enumerate(lines, 1) if field + ":" in text)
        check(f"lint says file, line, object, field and value of {field}",
              re.search(rf"^{place}:{line}: error: {named}: spec\.sriov\.{field}.*{value}", err, re.MULTILINE), err)
    check("lint counts", "2 errors, 0 warnings" in err, err)
    listed = files.lint({"apiVersion": "v1", "kind": "List", "items": [sriov("gpu1"), sriov("gpu3", vlanID=-1)]},
                        name="list.yaml")
    listed.check("lint of a List", 1, "list.yaml:", "SpiderMultusConfig spiderpool/gpu3", "spec.sriov.vlanID is -1")
    files.lint(json.dumps(sriov("gpu3", vlanID=-1), indent=1), name="lint.json").check("lint of JSON", 1, "lint.json:",
                                                                                       "vlanID")


@test
def nad_says_where(files):
    path = files.write("smc.yaml", sriov("gpu1"))
    config = files.write("config.yaml", {"ipam": {"type": "host-local", "pools": {"other": {"subnet": "10.1.0.0/16"}}}})
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "ipv4:" in text)
    Run("nad", "-f", path, "--config", config).check("nad of a pool that host-local can't know", 1,
                                                     f"{path}:{line}: error: ", "spec.sriov.ippools.ipv4", '"gpu1-pool"')


@test
def lint_warns_without_failing(files):
    several = smc("gpu1", sriov("gpu1")["spec"], {RDMA: "a,b"})
    files.lint(several).check("a list of classes", 0, "warning:", '"a,b"', "railhook.io/classes", "0 errors, 1 warning")
    both = [sriov("gpu1"), {"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderIPPool",
                            "metadata": {"name": "other"}}]
    files.lint(*both).check("a pool that is not there", 0, "warning:", '"gpu1-pool"')
    files.lint(smc("gpu1", sriov("gpu1")["spec"], {RDMA: "none"})).check("a class called none", 1, '"none"')
    named = {RDMA: "rdma", "multus.spidernet.io/cr-name": "same"}
    clash = files.lint(smc("a", sriov("a")["spec"], named), smc("b", sriov("b")["spec"],
                                                                named)).check("two of one name", 1)
    check_all("two of one name", clash.err, "SpiderMultusConfig spiderpool/a: ", "SpiderMultusConfig spiderpool/b: ")
    one = files.write("dup/one.yaml", sriov("gpu1"))
    two = files.write("dup/two.yaml", sriov("gpu1"))
    Run("lint", "-f", files.directory / "dup").check("the same object twice", 1, f"{one}:", f"{two}:")


OLD = [
    smc("one", {"cniType": "sriov", "sriov": {"resourceName": "x/one", "enableRdma": True},
                "ippools": {"ipv4": ["p"]}}),
    smc("two", {"cniType": "sriov", "sriov": {"resourceName": "x/two", "matchMasterSubnet": True,
                                              "ippools": {"ipv4": ["p*"]}}}),
    smc("three", {"cniType": "ib-sriov", "ibsriov": {"resourceName": "x/three", "pkey": 1000,
                                                     "ippools": {"ipv6": ["p"]}}}),
]
TODAY = [
    smc("one", {"cniType": "sriov", "sriov": {"resourceName": "x/one", "ippools": {"ipv4": ["p"]}}}),
    smc("two", {"cniType": "sriov", "sriov": {"resourceName": "x/two",
                                              "ippools": {"ipv4": ["p*"], "matchMasterSubnet": True}}}),
    smc("three", {"cniType": "ib-sriov", "ibsriov": {"resourceName": "x/three", "pkey": "1000",
                                                     "ippools": {"ipv6": ["p"]}}}),
]


@test
def lint_mends_older_forms(files):
    found = files.lint(*OLD, CONFIG_MAP).check("older forms", 1, "spec.ippools", "spec.sriov.enableRdma",
                                               "matchMasterSubnet", "pkey", "--fix")
    check("without --fix nothing is printed", found.out == "", found.out)
    fixed = files.lint(*OLD, CONFIG_MAP, more=["--fix"]).check("--fix", 0, "note:", "spec.ippools", "enableRdma",
                                                               "matchMasterSubnet", "pkey")
    check("--fix prints today's form, and the rest as it is", fixed.documents() == [*TODAY, CONFIG_MAP], fixed.out)
    clean = files.lint(fixed.out).check("lint of what --fix printed", 0)
    check("it is clean", clean.err == "", clean.err)
    again = files.lint(fixed.out, more=["--fix"]).check("--fix again", 0)
    check("a second --fix changes nothing", again.out == fixed.out, again.out)
    listed = files.lint({"apiVersion": "v1", "kind": "List", "items": OLD}, more=["--fix"]).check("--fix of a List", 0)
    check("a List is mended inside", listed.documents()[0]["items"] == TODAY, listed.out)
    files.lint(sriov("gpu1", vlanID=-1, enableRdma=True), more=["--fix"]).check("--fix of what it can't mend", 1,
                                                                                "vlanID")


@test
def older_forms_work_in_directories(files):
    for item in OLD:
        files.write(f"rails/{item['metadata']['name']}.yaml", item)
    ran = files.inject(pod()).check("older forms", 0)
    names = {network["name"] for network in networks(ran.documents()[0])}
    check("older forms give rails", {"one", "two", "three"} <= names, ran.out)
