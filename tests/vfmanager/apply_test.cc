#include "vfmanager/apply.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "base/files.h"
#include "tests/fakes/fake_netlink.h"
#include "tests/vfmanager/sysfs_tree.h"
#include "vfmanager/host_lock.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

constexpr auto kPf = "0000:04:00.0";

std::string VfAddress(int vf) { return "0000:04:01." + std::to_string(vf); }

// Two PFs in a directory, and a kernel that answers to steps: before each is done, its outcome is
// laid down.
class Host {
 public:
  Host() {
    paths_ = tree_.Paths();
    paths_.state = state_.path() / "state";
    paths_.modprobe_d = state_.path() / "modprobe.d";
    AddPf(kPf, "ens1");
    AddPf("0000:05:00.0", "ens2");
    fs::create_directories(Pci("drivers/mlx5_core"));
    fs::create_directories(Pci("drivers/vfio-pci"));
    for (const char* file : {"drivers_probe", "drivers/mlx5_core/unbind", "drivers/vfio-pci/bind"})
      std::ofstream(Pci(file)).flush();
  }

  ApplyReport Run(const Plan& plan, std::stop_token stop = {}) {
    auto report = Apply(
        plan, paths_, [&] { return std::make_unique<Shared>(netlink_, mutex_); },
        [&](const PfPlan& pf, const Step& step) { Prepare(pf, step); }, std::move(stop));
    if (!report) FAIL(std::string_view(report.error().message));
    return *report;
  }

  std::string File(const std::string& name) const {
    return ReadFile(tree_.Devices() / name).value_or("?");
  }
  fs::path Pci(const std::string& name) const { return tree_.Devices().parent_path() / name; }
  void Replace(const std::string& file, const std::string& text) { tree_.Write(file, text); }

  FakeNetlink& netlink() { return netlink_; }
  const HostPaths& paths() const { return paths_; }
  const SysfsTree& tree() const { return tree_; }
  std::vector<std::string> steps;      // as they began
  std::set<std::string> driverless;    // VFs that no driver takes
  std::set<std::string> without_rdma;  // VFs
  std::function<void(const Step&)> on_step = [](const Step&) {};

 private:
  // What each PF's thread has of the one netlink.
  class Shared : public Netlink {
   public:
    Shared(FakeNetlink& netlink, std::mutex& mutex) : netlink_(netlink), mutex_(mutex) {}
    Result<std::map<std::string, Link>> Links() override { return Locked().Links(); }
    Result<> SetUp(const std::string& link) override { return Do(&Netlink::SetUp, link); }
    Result<> SetMtu(const std::string& link, int mtu) override {
      return Do(&Netlink::SetMtu, link, mtu);
    }
    Result<> SetVfMac(const std::string& pf, int vf, const MacAddress& mac) override {
      return Do(&Netlink::SetVfMac, pf, vf, mac);
    }
    Result<> SetVfGuid(const std::string& pf, int vf, const Guid& guid) override {
      return Do(&Netlink::SetVfGuid, pf, vf, guid);
    }
    Result<RdmaMode> GetRdmaMode() override { return Locked().GetRdmaMode(); }
    Result<> SetRdmaMode(RdmaMode mode) override { return Do(&Netlink::SetRdmaMode, mode); }

   private:
    FakeNetlink& Locked() { return netlink_; }
    template <typename Method, typename... Arguments>
    Result<> Do(Method method, const Arguments&... arguments) {
      const std::scoped_lock lock(mutex_);
      return (netlink_.*method)(arguments...);
    }
    FakeNetlink& netlink_;
    std::mutex& mutex_;
  };

  void AddPf(const std::string& address, const std::string& name) {
    tree_.AddPf(address, name, 16, 0);
    netlink_.links[name].name = name;
  }

  void Prepare(const PfPlan& pf, const Step& step) {
    steps.push_back(pf.name + ' ' + std::string(NameOf(step.kind)) +
                    (step.vf < 0 ? "" : ' ' + std::to_string(step.vf)));
    on_step(step);
    if (step.kind == StepKind::kCreateVfs && pf.address == kPf) AddVfs(std::stoi(step.value));
    if (step.kind == StepKind::kBindVf) Bind(VfAddress(step.vf), step.value);
  }

  void AddVfs(int number) {
    for (int vf = 0; vf < number; ++vf) tree_.AddVf(kPf, vf, VfAddress(vf), "");
  }

  void Bind(const std::string& vf, const std::string& driver) {
    if (driverless.contains(vf)) return;
    fs::remove(tree_.Devices() / vf / "driver");
    tree_.Link(vf + "/driver", "../../drivers/" + (driver.empty() ? "mlx5_core" : driver));
    if (!driver.empty()) return;
    const std::string name = "ens1v" + vf.substr(vf.size() - 1);
    tree_.Write(vf + "/net/" + name + "/mtu", "1500");
    netlink_.links[name].name = name;
    if (!without_rdma.contains(vf)) tree_.AddRdma(vf, "mlx5_9", "0200:0000:0000:0001", "uverbs9");
  }

  SysfsTree tree_;
  TemporaryDirectory state_;
  HostPaths paths_;
  FakeNetlink netlink_;
  std::mutex mutex_;
};

PfPlan NewVfs(const std::string& address, const std::string& name, int number) {
  PfPlan plan{address, name, {}, {}, {number, 1500, 0, ""}, {}};
  const auto add = [&](StepKind kind, int vf, std::string value) {
    plan.steps.push_back({kind, vf, std::move(value), "a test"});
  };
  add(StepKind::kRecord, -1, std::to_string(number));
  add(StepKind::kBringPfUp, -1, "");
  add(StepKind::kSetPfMtu, -1, "9000");
  add(StepKind::kStopProbing, -1, "");
  add(StepKind::kCreateVfs, -1, std::to_string(number));
  for (int vf = 0; vf < number; ++vf)
    add(StepKind::kSetVfMac, vf, "06:00:00:00:00:0" + std::to_string(vf));
  add(StepKind::kResumeProbing, -1, "");
  for (int vf = 0; vf < number; ++vf) add(StepKind::kBindVf, vf, "");
  for (int vf = 0; vf < number; ++vf) {
    add(StepKind::kSetVfMtu, vf, "9000");
    add(StepKind::kCheckVf, vf, std::string(kHasRdma));
  }
  return plan;
}

Plan PlanOf(std::vector<PfPlan> pfs) {
  Plan plan;
  plan.pfs = std::move(pfs);
  return plan;
}

bool Began(const Host& host, const std::string& step) {
  return std::find(host.steps.begin(), host.steps.end(), step) != host.steps.end();
}

TEST_CASE("a PF's steps are done in their order, and counted") {
  Host host;
  const ApplyReport report = host.Run(PlanOf({NewVfs(kPf, "ens1", 2)}));
  CHECK(report.ok());
  CHECK(report.pfs[0].steps_done == 14);
  CHECK(report.writes == 12);  // but for the checks
  CHECK(host.File("0000:04:00.0/sriov_numvfs").starts_with("2"));
  CHECK(host.File("0000:04:00.0/sriov_drivers_autoprobe").starts_with("1"));
  CHECK(host.netlink().calls == std::vector<std::string>{"up ens1", "mtu ens1 9000",
                                                         "vf-mac ens1 0 06:00:00:00:00:00",
                                                         "vf-mac ens1 1 06:00:00:00:00:01",
                                                         "mtu ens1v0 9000", "mtu ens1v1 9000"});
  CHECK(ReadOwned(host.paths())->at(kPf).value() == OwnedPf{2, 1500, 0, ""});
}

TEST_CASE("a plan with nothing to do touches nothing") {
  Host host;
  PfPlan refused = NewVfs(kPf, "ens1", 2);
  refused.steps.clear();
  refused.refusal = Error{ErrorCode::kInvalid, "no"};
  const ApplyReport report = host.Run(PlanOf({refused}));
  CHECK(report.ok());
  CHECK(report.writes == 0);
  CHECK(report.pfs.size() == 1);
  CHECK_FALSE(fs::exists(host.paths().state));
}

TEST_CASE(
    "a PF ends with the first step of its own that fails, but its VFs are probed again; others go "
    "on") {
  Host host;
  host.netlink().failures["mtu ens1"] = {ErrorCode::kUnavailable,
                                         "setting it: EINVAL (Invalid argument)"};
  const ApplyReport report =
      host.Run(PlanOf({NewVfs(kPf, "ens1", 2), NewVfs("0000:05:00.0", "ens2", 0)}));
  CHECK_FALSE(report.ok());
  REQUIRE(report.pfs[0].failures.size() == 1);
  CHECK(report.pfs[0].failures[0].step.kind == StepKind::kSetPfMtu);
  CHECK(report.pfs[0].failures[0].text == "setting it: EINVAL (Invalid argument)");
  CHECK_FALSE(Began(host, "ens1 createVfs"));
  CHECK(Began(host, "ens1 resumeProbing"));
  CHECK(report.pfs[1].failures.empty());
  CHECK(Began(host, "ens2 createVfs"));
}

TEST_CASE("a VF that fails keeps no other from its driver") {
  Host host;
  host.driverless = {VfAddress(0)};
  const ApplyReport report = host.Run(PlanOf({NewVfs(kPf, "ens1", 2)}));
  REQUIRE(report.pfs[0].failures.size() == 1);
  CHECK(report.pfs[0].failures[0].step.vf == 0);
  CHECK(report.pfs[0].failures[0].text.starts_with(
      "VF 0 (0000:04:01.0) has no driver after its probe"));
  CHECK_FALSE(Began(host, "ens1 checkVf 0"));
  CHECK(Began(host, "ens1 checkVf 1"));
}

TEST_CASE("a failure has a hint") {
  Host host;
  PfPlan plan = NewVfs(kPf, "ens1", 1);
  fs::remove(host.tree().Devices() / kPf / "sriov_drivers_autoprobe");
  const ApplyReport report = host.Run(PlanOf({plan}));
  REQUIRE_FALSE(report.pfs[0].failures.empty());
  CHECK(report.pfs[0].failures[0].text.find("sriov_drivers_autoprobe: ENOENT") !=
        std::string::npos);
  CHECK(report.pfs[0].failures[0].hint.find("gone") != std::string::npos);
}

TEST_CASE("VFs that are another number than was planned with are left alone") {
  for (const StepKind kind : {StepKind::kRemoveVfs, StepKind::kCreateVfs}) {
    Host host;
    host.Replace("0000:04:00.0/sriov_numvfs", "5");
    PfPlan plan{kPf, "ens1", {{kind, -1, "4", ""}}, {}, {}, {}};
    const ApplyReport report = host.Run(PlanOf({plan}));
    REQUIRE(report.pfs[0].failures.size() == 1);
    CHECK(report.pfs[0].failures[0].text.find("has changed since this was planned") !=
          std::string::npos);
    CHECK(host.File("0000:04:00.0/sriov_numvfs") == "5\n");
    CHECK(report.writes == 0);
  }
}

TEST_CASE("what a killed run had begun, and the kernel has finished since, isn't done twice") {
  for (const auto& [kind, there] :
       {std::pair(StepKind::kRemoveVfs, "0"), {StepKind::kCreateVfs, "4"}}) {
    Host host;
    host.Replace("0000:04:00.0/sriov_numvfs", there);
    const ApplyReport report = host.Run(PlanOf({{kPf, "ens1", {{kind, -1, "4", ""}}, {}, {}, {}}}));
    CHECK(report.ok());
    CHECK(report.writes == 0);
  }
}

TEST_CASE("a VF that somebody has bound meanwhile keeps its address") {
  Host host;
  host.tree().AddVf(kPf, 0, VfAddress(0), "mlx5_core");
  const ApplyReport report = host.Run(
      PlanOf({{kPf, "ens1", {{StepKind::kSetVfMac, 0, "06:00:00:00:00:00", ""}}, {}, {}, {}}}));
  REQUIRE(report.pfs[0].failures.size() == 1);
  CHECK(report.pfs[0].failures[0].text.find("VF 0 (0000:04:01.0) has driver mlx5_core") !=
        std::string::npos);
  CHECK(host.netlink().calls.empty());
}

TEST_CASE("a VF that has another driver than was planned with is left alone") {
  Host host;
  host.tree().AddVf(kPf, 0, VfAddress(0), "vfio-pci");
  const ApplyReport report =
      host.Run(PlanOf({{kPf, "ens1", {{StepKind::kUnbindVf, 0, "mlx5_core", ""}}, {}, {}, {}}}));
  REQUIRE(report.pfs[0].failures.size() == 1);
  CHECK(report.pfs[0].failures[0].text.find("has driver \"vfio-pci\", not \"mlx5_core\"") !=
        std::string::npos);
  CHECK(report.writes == 0);
}

TEST_CASE("a VF for virtual machines is bound by its override, and comes back without one") {
  Host host;
  host.tree().AddVf(kPf, 0, VfAddress(0), "");
  const auto bind = [&](const std::string& driver) {
    return host.Run(
        PlanOf({{kPf,
                 "ens1",
                 {{StepKind::kBindVf, 0, driver, ""}, {StepKind::kCheckVf, 0, driver, ""}},
                 {},
                 {},
                 {}}}));
  };
  CHECK(bind("vfio-pci").ok());
  CHECK(host.File("0000:04:01.0/driver_override").starts_with("vfio-pci"));
  CHECK(ReadFile(host.Pci("drivers/vfio-pci/bind")) == VfAddress(0));
  CHECK(bind("").ok());
  CHECK(host.File("0000:04:01.0/driver_override").starts_with("\n"));
  CHECK(ReadFile(host.Pci("drivers_probe")) == VfAddress(0));
}

TEST_CASE("one host is changed by one at a time") {
  Host host;
  const auto lock = HostLock::Take(host.paths());
  REQUIRE(lock);
  const auto report = Apply(
      PlanOf({NewVfs(kPf, "ens1", 1)}), host.paths(),
      [] { return std::make_unique<FakeNetlink>(); }, [](const PfPlan&, const Step&) {}, {});
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kConflict);
  CHECK(host.File("0000:04:00.0/sriov_numvfs") == "0\n");
}

TEST_CASE("a lock is free when its holder is gone") {
  Host host;
  CHECK(HostLock::Take(host.paths()));
  CHECK(HostLock::Take(host.paths()));
}

TEST_CASE("a stop leaves the rest undone, but not the probing of VFs") {
  Host host;
  std::stop_source stop;
  host.on_step = [&](const Step& step) {
    if (step.kind == StepKind::kStopProbing) stop.request_stop();
  };
  const ApplyReport report = host.Run(PlanOf({NewVfs(kPf, "ens1", 2)}), stop.get_token());
  CHECK(report.ok());
  CHECK(host.steps.back() == "ens1 resumeProbing");
  CHECK_FALSE(Began(host, "ens1 createVfs"));
}

TEST_CASE("the node's RDMA mode goes first, and its failure keeps no PF from its VFs") {
  Host host;
  Plan plan = PlanOf({NewVfs(kPf, "ens1", 1)});
  plan.rdma_mode = RdmaMode::kExclusive;
  host.netlink().failures["rdma-mode"] = {ErrorCode::kConflict, "EBUSY"};
  ApplyReport report = host.Run(plan);
  CHECK(report.ok());
  CHECK(report.reboot_needed);
  CHECK(host.netlink().calls.front() == "rdma-mode exclusive");

  host.netlink().failures["rdma-mode"] = {ErrorCode::kUnavailable, "setting it: EPERM (...)"};
  host.Replace("0000:04:00.0/sriov_numvfs", "0");
  plan.pfs[0].steps = {{StepKind::kBringPfUp, -1, "", ""}};
  report = host.Run(plan);
  CHECK_FALSE(report.ok());
  REQUIRE(report.rdma_mode);
  CHECK(report.rdma_mode->hint.find("root") != std::string::npos);
  CHECK(report.pfs[0].steps_done == 1);
}

}  // namespace
}  // namespace railhook
