#include "vfmanager/pf_work.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "vfmanager/hint.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kChangingVfs = 10min;  // some NICs take a second for each VF, a sick one longer
constexpr auto kProbing = 5min;       // mlx5 waits up to two for its firmware
constexpr auto kSettling = 30s;

int Number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string TheVf(const Step& step, const PciFunction& vf) {
  return "VF " + std::to_string(step.vf) + " (" + vf.address() + ')';
}

tl::unexpected<Error> Changed(const std::string& what) {
  return Fail(ErrorCode::kConflict, what + ": it has changed since this was planned, look again");
}

tl::unexpected<Error> Lacks(const Step& step, const PciFunction& vf, const std::string& what) {
  return Fail(ErrorCode::kUnavailable, TheVf(step, vf) + " has " + what);
}

// The GUID of its RDMA device, zero where there is none.
Guid GuidOf(const PciFunction& vf) {
  const std::string device = vf.NameIn("infiniband");
  if (device.empty()) return {};
  return Guid::Parse(vf.Text("infiniband/" + device + "/node_guid")).value_or(Guid{});
}

}  // namespace

PfWork::PfWork(const PfPlan& plan, const HostPaths& paths, std::unique_ptr<Netlink> netlink,
               const OnStep& on_step, std::stop_token stop)
    : plan_(plan),
      paths_(paths),
      pf_(paths, plan.address),
      netlink_(std::move(netlink)),
      on_step_(on_step),
      stop_(std::move(stop)),
      settled_(steady_clock::now() + kSettling),
      outcome_{plan.address, plan.name, 0, 0, {}} {}

PfOutcome PfWork::Run() && {
  for (const Step& step : plan_.steps) {
    if (!IsDue(step)) continue;
    on_step_(plan_, step);
    const auto done = Do(step);
    if (done) ++outcome_.steps_done;
    if (!done) NoteFailure(step, done.error().message);
  }
  return std::move(outcome_);
}

// Whatever happens, others find that VFs are probed.
bool PfWork::IsDue(const Step& step) const {
  if (step.kind == StepKind::kResumeProbing) return true;
  return !ended_ && !stop_.stop_requested() && !failed_vfs_.contains(step.vf);
}

void PfWork::NoteFailure(const Step& step, std::string text) {
  std::string hint = HintFor(step.kind, text);
  outcome_.failures.push_back({step, std::move(text), std::move(hint)});
  if (step.vf < 0) ended_ = true;
  if (step.vf >= 0) failed_vfs_.insert(step.vf);
}

Result<> PfWork::Do(const Step& step) {
  if (step.vf < 0) return DoForPf(step);
  return DoForVf(step, TRY(Vf(step.vf)));
}

Result<> PfWork::DoForPf(const Step& step) {
  switch (step.kind) {
    case StepKind::kRecord:
      return Counted(WriteOwned(paths_, plan_.address, plan_.record));
    case StepKind::kBringPfUp:
      return Counted(netlink_->SetUp(plan_.name));
    case StepKind::kSetPfMtu:
      return Counted(netlink_->SetMtu(plan_.name, Number(step.value)));
    case StepKind::kStopProbing:
      return Write(pf_.File("sriov_drivers_autoprobe"), "0");
    case StepKind::kResumeProbing:
      return Write(pf_.File("sriov_drivers_autoprobe"), "1");
    case StepKind::kRemoveVfs:
      return ChangeVfs(step.value, "0");
    case StepKind::kCreateVfs:
      return CreateVfs(step);
    case StepKind::kForget:
      return Counted(RemoveOwned(paths_, plan_.address));
    default:
      return Fail(ErrorCode::kInvalid, std::string(NameOf(step.kind)) + " of no VF");
  }
}

Result<> PfWork::DoForVf(const Step& step, const PciFunction& vf) {
  switch (step.kind) {
    case StepKind::kSetVfMac:
    case StepKind::kSetVfGuid:
      return SetAddress(step, vf);
    case StepKind::kUnbindVf:
      return Unbind(step, vf);
    case StepKind::kBindVf:
      return Bind(step, vf);
    case StepKind::kSetVfMtu:
      return SetVfMtu(step, vf);
    case StepKind::kCheckVf:
      return Check(step, vf);
    default:
      return Fail(ErrorCode::kInvalid, std::string(NameOf(step.kind)) + " of a VF");
  }
}

// Sets the number of VFs. People may use those that came after the plan was made; but what a run
// that was killed had begun may have been finished meanwhile.
Result<> PfWork::ChangeVfs(const std::string& from, const std::string& to) {
  const auto file = pf_.File("sriov_numvfs");
  const std::string there = TRY(LockedText(file, kChangingVfs));
  if (there == to) return {};
  if (there != from) return Changed(file.string() + " is " + there + ", not " + from);
  return WriteLong(file, to, kChangingVfs);
}

Result<> PfWork::CreateVfs(const Step& step) {
  TRY(ChangeVfs("0", step.value));
  const int number = Number(step.value);
  settled_ = steady_clock::now() + kSettling;
  if (events_.Await([&] { return HasVfs(number); }, settled_, stop_)) return {};
  return Fail(ErrorCode::kUnavailable, pf_.File("virtfn" + std::to_string(number - 1)).string() +
                                           " isn't there, though " + step.value + " VFs were made");
}

// Of a VF that no driver uses.
Result<> PfWork::SetAddress(const Step& step, const PciFunction& vf) {
  if (const std::string driver = vf.Driver(); !driver.empty())
    return Changed(TheVf(step, vf) + " has driver " + driver);
  if (step.kind == StepKind::kSetVfMac)
    return Counted(netlink_->SetVfMac(plan_.name, step.vf, *MacAddress::Parse(step.value)));
  return Counted(netlink_->SetVfGuid(plan_.name, step.vf, *Guid::Parse(step.value)));
}

Result<> PfWork::Unbind(const Step& step, const PciFunction& vf) {
  const std::string driver = vf.Driver();
  if (driver != step.value) {
    return Changed(TheVf(step, vf) + " has driver \"" + driver + "\", not \"" + step.value + '"');
  }
  return WriteLong(vf.File("driver/unbind"), vf.address(), kProbing);
}

Result<> PfWork::Bind(const Step& step, const PciFunction& vf) {
  TRY(step.value.empty() ? BindToDefault(vf) : BindToVfio(vf));
  settled_ = steady_clock::now() + kSettling;
  if (!vf.Driver().empty()) return {};
  return Lacks(step, vf, "no driver after its probe: `dmesg` on the node says why");
}

Result<> PfWork::BindToDefault(const PciFunction& vf) {
  const std::string other = TRY(LockedText(vf.File("driver_override"), kProbing));
  if (!other.empty() && other != "(null)")
    TRY(WriteLong(vf.File("driver_override"), "\n", kProbing));
  return WriteLong(PciFile("drivers_probe"), vf.address(), kProbing);
}

Result<> PfWork::BindToVfio(const PciFunction& vf) {
  TRY(WriteLong(vf.File("driver_override"), kHasVfio, kProbing));
  return WriteLong(PciFile("drivers") / kHasVfio / "bind", vf.address(), kProbing);
}

// udev may give the device another name at any time.
Result<> PfWork::SetVfMtu(const Step& step, const PciFunction& vf) {
  std::string netdev;
  const auto appeared = [&] { return !(netdev = vf.NameIn("net")).empty(); };
  if (!events_.Await(appeared, settled_, stop_)) return Lacks(step, vf, "no network device");
  if (vf.Text("net/" + netdev + "/mtu") == step.value) return {};
  auto set = Counted(netlink_->SetMtu(netdev, Number(step.value)));
  const std::string name_now = vf.NameIn("net");
  if (set || name_now == netdev) return set;
  return Counted(netlink_->SetMtu(name_now, Number(step.value)));
}

Result<> PfWork::Check(const Step& step, const PciFunction& vf) {
  const std::string driver = vf.Driver();
  if (step.value == kHasVfio) {
    return driver == kHasVfio ? Result<>() : Lacks(step, vf, "driver \"" + driver + '"');
  }
  if (driver.empty()) return Lacks(step, vf, "no driver");
  if (!events_.Await([&] { return !vf.NameIn("net").empty(); }, settled_, stop_))
    return Lacks(step, vf, "no network device");
  if (step.value != kHasRdma) return {};
  if (!events_.Await([&] { return !vf.NameIn("infiniband").empty(); }, settled_, stop_)) {
    return Lacks(step, vf, "no RDMA device: is the RDMA module of its driver (mlx5_ib) loaded?");
  }
  if (!GuidOf(vf).IsSet()) TRY(RepeatProbe(step, vf));
  return GuidOf(vf).IsSet() ? Result<>() : Lacks(step, vf, "an RDMA device without a GUID");
}

// For NICs that take an address only from the second probe on.
Result<> PfWork::RepeatProbe(const Step& step, const PciFunction& vf) {
  TRY(WriteLong(vf.File("driver/unbind"), vf.address(), kProbing));
  for (const Step& other : plan_.steps) {
    const bool address = other.kind == StepKind::kSetVfMac || other.kind == StepKind::kSetVfGuid;
    if (address && other.vf == step.vf) TRY(SetAddress(other, vf));
  }
  TRY(BindToDefault(vf));
  events_.Await([&] { return GuidOf(vf).IsSet(); }, settled_, stop_);
  return {};
}

// What the driver at work on a function may keep one from reading.
Result<std::string> PfWork::LockedText(const std::filesystem::path& file,
                                       std::chrono::milliseconds limit) {
  TRY(child_.AwaitReadable(file, limit));
  return ReadAttribute(file);
}

Result<> PfWork::Write(const std::filesystem::path& file, std::string_view text) {
  return Counted(WriteSysfs(file, text));
}

Result<> PfWork::WriteLong(const std::filesystem::path& file, std::string_view text,
                           std::chrono::milliseconds limit) {
  return Counted(child_.Write(file, text, limit));
}

Result<> PfWork::Counted(Result<> written) {
  ++outcome_.writes;
  return written;
}

std::filesystem::path PfWork::PciFile(std::string_view name) const {
  return paths_.sysfs / "bus" / "pci" / name;
}

Result<PciFunction> PfWork::Vf(int index) const {
  const std::string link = "virtfn" + std::to_string(index);
  std::string address = LinkedName(pf_.File(link));
  if (!address.empty()) return PciFunction(paths_, std::move(address));
  return Changed(pf_.File(link).string() + " isn't there");
}

bool PfWork::HasVfs(int number) const {
  for (int vf = 0; vf < number; ++vf) {
    const std::string address = LinkedName(pf_.File("virtfn" + std::to_string(vf)));
    std::error_code none;
    if (address.empty() || !std::filesystem::exists(PciFunction(paths_, address).folder(), none))
      return false;
  }
  return true;
}

}  // namespace railhook
