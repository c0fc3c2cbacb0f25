#include "cli/vfmanager/plan_print.h"

#include <vector>

#include "base/text.h"
#include "cli/terminal.h"

namespace railhook {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A reason stands once where several steps in a row have it.
Rows RowsOf(const std::vector<Step>& steps) {
  Rows rows;
  const std::string* last = nullptr;
  for (const Step& step : steps) {
    const bool repeated = last != nullptr && *last == step.reason;
    rows.push_back({"  " + TextOf(step), repeated ? "" : step.reason});
    last = &step.reason;
  }
  return rows;
}

std::string VanishingText(const PfPlan& pf) {
  if (pf.vanishing.empty()) return "";
  std::vector<std::string> vfs;
  for (const int vf : pf.vanishing) vfs.push_back(std::to_string(vf));
  const std::string text =
      "before that, whoever uses VF " + Join(vfs, ", ") + " has to leave; apply evicts nobody";
  return "  " + Wrapped(text, 2) + '\n';
}

std::string PfText(const PfPlan& pf) {
  std::string text = NameOf(pf);
  if (pf.refusal) {
    text += ": refused\n  " + Wrapped(pf.refusal->message, 2) + '\n';
  } else if (pf.steps.empty()) {
    text += ": as it should be\n";
  } else {
    text += ": " + Count(pf.steps.size(), "step") + '\n' + VanishingText(pf);
  }
  return text + Table(RowsOf(pf.steps), LastColumn::kWraps);
}

OrderedJson StepJson(const Step& step) {
  OrderedJson json = {{"step", NameOf(step.kind)}};
  if (step.vf >= 0) json["vf"] = step.vf;
  if (!step.value.empty()) json["value"] = step.value;
  json["reason"] = step.reason;
  return json;
}

OrderedJson PfJson(const PfPlan& pf) {
  OrderedJson json = {{"address", pf.address}, {"name", pf.name}};
  if (pf.refusal) json["refusal"] = pf.refusal->message;
  json["vanishing"] = pf.vanishing;
  json["steps"] = OrderedJson::array();
  for (const Step& step : pf.steps) json["steps"].push_back(StepJson(step));
  return json;
}

}  // namespace

std::string NameOf(const PfPlan& pf) {
  return pf.name.empty() ? pf.address : pf.name + " (" + pf.address + ')';
}

std::string PlanText(const Plan& plan) {
  std::string text;
  if (plan.rdma_mode) {
    text += "RDMA mode of network namespaces: becomes " + std::string(TextOf(*plan.rdma_mode)) +
            ", now and at each boot\n";
  }
  for (const PfPlan& pf : plan.pfs) text += PfText(pf);
  return text;
}

OrderedJson PlanJson(const Plan& plan) {
  OrderedJson json = OrderedJson::object();
  if (plan.rdma_mode) json["rdmaMode"] = TextOf(*plan.rdma_mode);
  json["pfs"] = OrderedJson::array();
  for (const PfPlan& pf : plan.pfs) json["pfs"].push_back(PfJson(pf));
  json["notes"] = plan.notes;
  return json;
}

}  // namespace railhook
