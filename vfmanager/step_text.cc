#include "vfmanager/plan.h"

namespace railhook {
namespace {

std::string TheVf(const Step& step) { return "VF " + std::to_string(step.vf); }

std::string RecordText(const Step& step) {
  return step.value == "0" ? "remember its MTU" : "remember that its VFs are ours";
}

}  // namespace

std::string_view NameOf(StepKind kind) {
  switch (kind) {
    case StepKind::kRecord:
      return "record";
    case StepKind::kBringPfUp:
      return "bringPfUp";
    case StepKind::kSetPfMtu:
      return "setPfMtu";
    case StepKind::kStopProbing:
      return "stopProbing";
    case StepKind::kRemoveVfs:
      return "removeVfs";
    case StepKind::kCreateVfs:
      return "createVfs";
    case StepKind::kSetVfMac:
      return "setVfMac";
    case StepKind::kSetVfGuid:
      return "setVfGuid";
    case StepKind::kResumeProbing:
      return "resumeProbing";
    case StepKind::kUnbindVf:
      return "unbindVf";
    case StepKind::kBindVf:
      return "bindVf";
    case StepKind::kSetVfMtu:
      return "setVfMtu";
    case StepKind::kCheckVf:
      return "checkVf";
    case StepKind::kForget:
      return "forget";
    case StepKind::kSetRdmaMode:
      return "setRdmaMode";
  }
  return "";
}

std::string TextOf(const Step& step) {
  switch (step.kind) {
    case StepKind::kRecord:
      return RecordText(step);
    case StepKind::kBringPfUp:
      return "set it up";
    case StepKind::kSetPfMtu:
      return "set its MTU to " + step.value;
    case StepKind::kStopProbing:
      return "keep drivers from new VFs";
    case StepKind::kRemoveVfs:
      return "remove its VFs (" + step.value + ')';
    case StepKind::kCreateVfs:
      return "make " + step.value + (step.value == "1" ? " VF" : " VFs");
    case StepKind::kSetVfMac:
      return TheVf(step) + ": set the MAC " + step.value;
    case StepKind::kSetVfGuid:
      return TheVf(step) + ": set the GUID " + step.value;
    case StepKind::kResumeProbing:
      return "let drivers have new VFs";
    case StepKind::kUnbindVf:
      return TheVf(step) + ": unbind from " + step.value;
    case StepKind::kBindVf:
      return TheVf(step) + ": bind to " + (step.value.empty() ? "its driver" : step.value);
    case StepKind::kSetVfMtu:
      return TheVf(step) + ": set the MTU to " + step.value;
    case StepKind::kCheckVf:
      return TheVf(step) + ": check";
    case StepKind::kForget:
      return "forget what was ours";
    case StepKind::kSetRdmaMode:
      return "set the RDMA mode of network namespaces to " + step.value;
  }
  return "";
}

}  // namespace railhook
