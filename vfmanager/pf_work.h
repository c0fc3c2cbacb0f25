#pragma once
// Carries out the steps of one PF.

#include <chrono>
#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include "vfmanager/apply.h"
#include "vfmanager/kernel_events.h"
#include "vfmanager/pci_function.h"
#include "vfmanager/sysfs_write.h"

namespace railhook {

// For one thread. What it refers to outlives it.
class PfWork {
 public:
  PfWork(const PfPlan& plan, const HostPaths& paths, std::unique_ptr<Netlink> netlink,
         const OnStep& on_step, std::stop_token stop);

  PfOutcome Run() &&;

 private:
  using Time = std::chrono::steady_clock::time_point;

  bool IsDue(const Step& step) const;
  void NoteFailure(const Step& step, std::string text);
  Result<> Do(const Step& step);
  Result<> DoForPf(const Step& step);
  Result<> DoForVf(const Step& step, const PciFunction& vf);

  Result<> ChangeVfs(const std::string& from, const std::string& to);
  Result<> CreateVfs(const Step& step);
  Result<> SetAddress(const Step& step, const PciFunction& vf);
  Result<> Unbind(const Step& step, const PciFunction& vf);
  Result<> Bind(const Step& step, const PciFunction& vf);
  Result<> BindToDefault(const PciFunction& vf);
  Result<> BindToVfio(const PciFunction& vf);
  Result<> SetVfMtu(const Step& step, const PciFunction& vf);
  Result<> Check(const Step& step, const PciFunction& vf);
  Result<> RepeatProbe(const Step& step, const PciFunction& vf);

  Result<std::string> LockedText(const std::filesystem::path& file,
                                 std::chrono::milliseconds limit);
  Result<> Write(const std::filesystem::path& file, std::string_view text);
  Result<> WriteLong(const std::filesystem::path& file, std::string_view text,
                     std::chrono::milliseconds limit);
  Result<> Counted(Result<> written);
  std::filesystem::path PciFile(std::string_view name) const;
  Result<PciFunction> Vf(int index) const;
  bool HasVfs(int number) const;

  const PfPlan& plan_;
  const HostPaths& paths_;
  PciFunction pf_;
  std::unique_ptr<Netlink> netlink_;
  const OnStep& on_step_;
  std::stop_token stop_;
  KernelEvents events_;
  SysfsChild child_;
  Time settled_;        // when what was bound has to have its devices
  bool ended_ = false;  // a step of the PF itself failed
  std::set<int> failed_vfs_;
  PfOutcome outcome_;
};

}  // namespace railhook
