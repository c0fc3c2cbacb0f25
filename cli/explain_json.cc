#include "cli/explain_json.h"

#include <utility>

#include "base/json.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

std::string_view NameOf(Outcome outcome) {
  if (outcome == Outcome::kRefused) return "refused";
  return outcome == Outcome::kRails ? "rails" : "none";
}

OrderedJson RequestJson(const std::optional<RailRequest>& request) {
  if (!request) return nullptr;
  return {{"askedBy", request->asker == Asker::kPod ? "pod" : "namespace"},
          {"key", AnnotationOf(request->key)},
          {"value", request->value},
          {"classes", request->classes}};
}

OrderedJson ContainerJson(const Injection& injection) {
  if (injection.container.empty()) return nullptr;
  return {{"name", injection.container}, {"reason", injection.container_reason}};
}

OrderedJson RailJson(std::string_view id, const Rail* rail) {
  OrderedJson json = {{"network", id}};
  json["object"] = rail == nullptr ? OrderedJson() : OrderedJson(rail->Object());
  json["cniType"] = rail == nullptr ? "" : rail->cni_type;
  json["resource"] = rail == nullptr ? "" : rail->resource;
  json["exclusive"] = rail != nullptr && rail->exclusive;
  json["pools"] = rail == nullptr ? std::vector<std::string>() : rail->pools;
  return json;
}

OrderedJson AttachmentsJson(const Explanation& explained) {
  OrderedJson list = OrderedJson::array();
  for (const Attachment& attachment : explained.attachments) {
    OrderedJson json = RailJson(attachment.network, attachment.rail);
    json["interface"] = attachment.interface;
    json["own"] = !attachment.given;
    list.push_back(std::move(json));
  }
  return list;
}

OrderedJson MissingJson(const Explanation& explained) {
  OrderedJson list = OrderedJson::array();
  for (const MissingRail& missing : explained.missing) {
    OrderedJson json = RailJson(missing.rail->Id(), missing.rail);
    json["leftOut"] = missing.left_out;
    json["problems"] = missing.problems;
    list.push_back(std::move(json));
  }
  return list;
}

OrderedJson UnitsJson(const Explanation& explained) {
  OrderedJson list = OrderedJson::array();
  for (const UnitCount& units : explained.units) {
    list.push_back({{"resource", units.resource},
                    {"needed", units.needed},
                    {"asked", units.asked},
                    {"sharing", units.sharing}});
  }
  return list;
}

OrderedJson ExistingJson(const ExplainedPod& pod) {
  if (!pod.state) return nullptr;
  OrderedJson json = {{"phase", pod.state->phase},
                      {"node", pod.state->node},
                      {"unscheduled", pod.state->unscheduled},
                      {"injected", nullptr},
                      {"differences", pod.differences}};
  if (!pod.status) return json;
  json["injected"] = {{"class", pod.status->classes},
                      {"key", pod.status->key},
                      {"rails", pod.status->rails},
                      {"resources", pod.status->resources},
                      {"container", pod.status->container}};
  return json;
}

OrderedJson NodeJson(const NodeVerdict& verdict, const NodeFit& fit) {
  OrderedJson json = {{"name", verdict.node->name}, {"couldRun", verdict.lacks.empty()}};
  json["lacks"] = OrderedJson::array();
  for (const Lack& lack : verdict.lacks) json["lacks"].push_back(lack.Text());
  json["resources"] = OrderedJson::object();
  for (const ResourceSupply& supply : fit.supplies) {
    const std::string& resource = supply.resource;
    json["resources"][resource] = {
        {"free", ShowAmount(resource, verdict.node->Free(resource))},
        {"allocatable", ShowAmount(resource, AmountOf(verdict.node->allocatable, resource))}};
  }
  return json;
}

OrderedJson NodesJson(const ExplainedPod& pod) {
  if (!pod.fit) return nullptr;
  OrderedJson json;
  json["couldRun"] = pod.fit->Fitting();
  json["unoffered"] = pod.fit->Unoffered();
  json["notJudged"] = pod.fit->not_judged;
  json["asks"] = OrderedJson::object();
  for (const ResourceSupply& supply : pod.fit->supplies)
    json["asks"][supply.resource] = ShowAmount(supply.resource, supply.asked);
  json["nodes"] = OrderedJson::array();
  for (const NodeVerdict& verdict : pod.fit->verdicts)
    json["nodes"].push_back(NodeJson(verdict, *pod.fit));
  return json;
}

}  // namespace

OrderedJson ExplanationJson(const ExplainedPod& pod) {
  const Explanation& explained = pod.explanation;
  OrderedJson json;
  json["object"] = pod.who;
  json["namespace"] = pod.name_space;
  json["outcome"] = NameOf(explained.outcome);
  json["whyNone"] = explained.why_none;
  json["refusal"] = explained.injection.message;
  json["request"] = RequestJson(explained.injection.request);
  json["container"] = ContainerJson(explained.injection);
  json["networks"] = AttachmentsJson(explained);
  json["notGiven"] = MissingJson(explained);
  json["units"] = UnitsJson(explained);
  json["extras"] = explained.extras;
  json["unknownPools"] = explained.unknown_pools;
  json["warnings"] = explained.injection.warnings;
  json["misplaced"] = pod.misplaced;
  json["existing"] = ExistingJson(pod);
  json["nodesNotJudged"] = pod.nodes_not_judged;
  json["nodes"] = NodesJson(pod);
  return json;
}

}  // namespace railhook
