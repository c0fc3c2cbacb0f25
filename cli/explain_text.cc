#include "cli/explain_text.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cli/terminal.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kIndent = 11;  // of what stands behind a label
constexpr std::size_t kMostValue = 200;
constexpr std::size_t kMostNames = 6;
constexpr std::size_t kMostLacks = 3;
constexpr std::size_t kMostGroups = 6;

// The first few, and how many more there are.
std::string Few(const std::vector<std::string>& names, std::size_t most,
                std::string_view separator = ", ") {
  if (names.size() <= most) return Join(names, separator);
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(most));
  return Join(first, separator) + " and " + std::to_string(names.size() - most) + " more";
}

// Writes one pod, a paragraph or table after the other.
class Writer {
 public:
  explicit Writer(const ExplainedPod& pod) : pod_(pod), explained_(pod.explanation) {}

  std::string Text(bool all_nodes) && {
    Headline();
    Origin();
    RailTable();
    Remarks();
    Nodes(all_nodes);
    if (text_.ends_with("\n\n")) text_.pop_back();
    return std::move(text_);
  }

 private:
  const Injection& injection() const { return explained_.injection; }

  void Line(const std::string& line, Tone tone) {
    text_ += Coloured(Wrapped(line, 0), tone, STDOUT_FILENO) + '\n';
  }

  void Labelled(std::string label, const std::string& line) {
    label.resize(std::max(label.size(), kIndent), ' ');
    text_ += Coloured(label, Tone::kFaint, STDOUT_FILENO) + Wrapped(line, kIndent) + '\n';
  }

  void Gap() {
    if (!text_.ends_with("\n\n")) text_ += '\n';
  }

  std::string RailCount() const { return Count(injection().rails.size(), "rail"); }

  void Headline() {
    if (pod_.state) return HeadlineOfExisting();
    if (explained_.outcome == Outcome::kRefused)
      return Line(pod_.who + " would be refused: " + injection().message, Tone::kBad);
    if (explained_.outcome == Outcome::kNone) return HeadlineOfNone(" gets");
    Line(pod_.who + " gets " + RailCount() + '.', Tone::kGood);
  }

  void HeadlineOfNone(std::string_view gets) {
    Line(pod_.who + std::string(gets) + " no rails: " + explained_.why_none + '.', Tone::kWarning);
    if (injection().verdict == Verdict::kInjected)
      Labelled("Labelled", "it would get " + RailCount());
    if (injection().verdict == Verdict::kDenied)
      Labelled("Labelled", "it would be refused: " + injection().message);
  }

  void HeadlineOfExisting() {
    if (!pod_.status) {
      if (explained_.outcome == Outcome::kNone) return HeadlineOfNone(" has");
      Line(pod_.who + " has no rails from railhook.", Tone::kWarning);
      return Today();
    }
    const std::string has = pod_.who + " has " + Count(pod_.status->rails.size(), "rail");
    if (explained_.outcome == Outcome::kRails && pod_.differences.empty())
      return Line(has + ", as a new one would.", Tone::kGood);
    Line(has + ", but today is different.", Tone::kWarning);
    Injected(*pod_.status);
    Today();
    for (const std::string& difference : pod_.differences) Labelled("", difference);
  }

  // What the pod got when it was created.
  void Injected(const InjectionStatus& status) {
    Labelled("Has", Join(status.rails, ", "));
    std::vector<std::string> units;
    for (const auto& [resource, count] : status.resources)
      units.push_back(std::to_string(count) + ' ' + resource);
    const std::string in = status.container.empty() ? "" : " in container " + status.container;
    if (!units.empty()) Labelled("", Join(units, ", ") + in);
  }

  // What a pod like this one would get.
  void Today() {
    const std::string would = "a new one would ";
    if (explained_.outcome == Outcome::kRefused)
      return Labelled("Today", would + "be refused: " + injection().message);
    if (explained_.outcome == Outcome::kNone)
      return Labelled("Today", would + "get no rails: " + explained_.why_none);
    const std::string_view older =
        ": this one is older than that, or railhook was not called for it";
    Labelled("Today", would + "get " + RailCount() + (pod_.status ? "" : std::string(older)));
  }

  void Origin() {
    if (pod_.state) State();
    if (injection().request && injection().skipped != SkipReason::kOptsOut) {
      const RailRequest& request = *injection().request;
      const std::string who =
          request.asker == Asker::kPod ? "the pod" : "namespace " + Quoted(pod_.name_space);
      Labelled("Asked by", who + ": " + std::string(AnnotationOf(request.key)) + '=' +
                               Quoted(OneLine(request.value, kMostValue)));
    }
    if (!injection().container.empty()) {
      Labelled("Container",
               injection().container + ", " + std::string(injection().container_reason));
    }
    Units();
    if (!explained_.extras.empty()) Labelled("Also gets", Join(explained_.extras, ", "));
  }

  void State() {
    const PodState& state = *pod_.state;
    std::string line = Or(state.phase, "unknown");
    if (!state.node.empty()) line += " on " + state.node;
    if (!state.unscheduled.empty()) line += ", " + state.unscheduled;
    Labelled("Status", line);
  }

  std::string UnitText(const UnitCount& units) const {
    std::string text = std::to_string(units.needed) + ' ' + units.resource;
    if (units.sharing > 1) text += " for all " + std::to_string(units.sharing) + " networks";
    if (units.asked > 0 && !pod_.status)
      text += " (asks for " + std::to_string(units.asked) + " itself)";
    return text;
  }

  void Units() {
    const auto& all = explained_.units;
    if (all.empty()) return;
    const bool plain = std::all_of(all.begin(), all.end(), [&](const UnitCount& units) {
      return units.needed == 1 && units.sharing <= 1 && (units.asked == 0 || pod_.status);
    });
    if (plain && all.size() > 1) return Labelled("Needs", "1 of each resource below");
    std::vector<std::string> told;
    for (const UnitCount& units : all) told.push_back(UnitText(units));
    Labelled("Needs", Join(told, ", "));
  }

  static std::vector<std::string> Row(const std::string& interface, const std::string& network,
                                      const Rail* rail) {
    if (rail == nullptr) return {interface, network, "?", "?", "not known to railhook"};
    return {interface, network, Or(rail->cni_type, "-"), Or(rail->resource, "-"),
            Or(Join(rail->pools, ", "), "-")};
  }

  // Where all networks take of one resource, it stands in the paragraph above.
  bool NamesResources() const {
    const auto& all = explained_.attachments;
    return explained_.units.size() != 1 ||
           std::any_of(all.begin(), all.end(), [](const Attachment& one) {
             return one.rail == nullptr || one.rail->resource.empty();
           });
  }

  void RailTable() {
    Rows rows = {{"NET", "NETWORK", "TYPE", "RESOURCE", "POOLS"}};
    for (const Attachment& attachment : explained_.attachments)
      rows.push_back(Row(attachment.interface, attachment.network, attachment.rail));
    for (const MissingRail& missing : explained_.missing) {
      if (missing.left_out.empty()) rows.push_back(Row("-", missing.rail->Id(), missing.rail));
    }
    if (rows.size() == 1) return;
    Gap();
    if (!NamesResources()) {
      for (auto& row : rows) row.erase(row.end() - 2);
    }
    text_ += Table(rows, LastColumn::kWraps);
    Gap();
  }

  void Remarks() {
    for (const Attachment& attachment : explained_.attachments) {
      if (!attachment.given)
        Labelled("Own", attachment.network + " is the pod's own network, and stays");
    }
    for (const MissingRail& missing : explained_.missing) {
      if (!missing.left_out.empty())
        Labelled("Left out", missing.rail->Object() + ": " + missing.left_out);
    }
    for (const std::string& pool : explained_.unknown_pools)
      Labelled("No pool", pool + " is not among the SpiderIPPools");
    if (injection().verdict == Verdict::kInjected) {
      for (const std::string& warning : injection().warnings) Labelled("Warning", warning);
    }
    for (const std::string& misplaced : pod_.misplaced) Labelled("Warning", misplaced);
    if (injection().skipped == SkipReason::kDoesNotAsk) HowToAsk();
  }

  void HowToAsk() {
    Labelled("To ask", "write the annotation " + std::string(AnnotationOf(InjectKey::kRdma)) +
                           ": CLASS to the pod, of a workload to its pod template");
    Labelled("Classes", explained_.classes.empty() ? "there are none here"
                                                   : Few(explained_.classes, kMostNames));
  }

  void Nodes(bool all_nodes) {
    if (!pod_.nodes_not_judged.empty()) Labelled("Nodes", pod_.nodes_not_judged);
    if (!pod_.fit) return;
    const NodeFit& fit = *pod_.fit;
    for (const std::string& resource : fit.Unoffered())
      Labelled("No node", "offers " + resource + ": is its device plugin running?");
    const auto fitting = fit.Fitting();
    Labelled("Nodes", std::to_string(fitting.size()) + " of " +
                          std::to_string(fit.verdicts.size()) + " could run it" +
                          (fitting.empty() ? "" : ": " + Few(fitting, kMostNames)));
    if (!fit.not_judged.empty()) Labelled("", "not judged here: " + Join(fit.not_judged, ", "));
    if (all_nodes) return EachNode(fit);
    Groups(fit);
    Gap();
    text_ += Table(SupplyRows(fit));
  }

  void Groups(const NodeFit& fit) {
    const auto groups = fit.Groups();
    std::size_t untold = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i >= kMostGroups) {
        untold += groups[i].nodes.size();
        continue;
      }
      const auto& nodes = groups[i].nodes;
      const std::string who = nodes.size() <= 2
                                  ? Join(nodes, ", ")
                                  : Count(nodes.size(), "node") + " such as " + nodes.front();
      Labelled("", who + ": " + Few(groups[i].lacks, kMostLacks, "; "));
    }
    if (untold > 0)
      Labelled("", Count(untold, "node") + " more for other reasons: --all-nodes lists them");
  }

  // Resources that stand alike are told together.
  static Rows SupplyRows(const NodeFit& fit) {
    Rows rows = {{"RESOURCE", "ASKS FOR", "ENOUGH ON", "FREE IN ALL"}};
    std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> alike;
    const std::string nodes = " of " + Count(fit.verdicts.size(), "node");
    for (const ResourceSupply& supply : fit.supplies) {
      const auto shown = [&](std::int64_t amount) { return ShowAmount(supply.resource, amount); };
      if (supply.resource == "pods" && supply.enough == fit.verdicts.size()) continue;
      const std::vector<std::string> numbers = {
          shown(supply.asked), std::to_string(supply.enough) + nodes,
          shown(supply.free) + " of " + shown(supply.allocatable)};
      const auto same = std::find_if(alike.begin(), alike.end(),
                                     [&](const auto& row) { return row.first == numbers; });
      if (same == alike.end())
        alike.push_back({numbers, {supply.resource}});
      else
        same->second.push_back(supply.resource);
    }
    for (const auto& [numbers, resources] : alike)
      rows.push_back({Few(resources, 1), numbers[0], numbers[1], numbers[2]});
    return rows;
  }

  void EachNode(const NodeFit& fit) {
    Rows rows = {{"NODE", "LACKS"}};
    for (const NodeVerdict& verdict : fit.verdicts) {
      std::vector<std::string> lacks;
      for (const Lack& lack : verdict.lacks) lacks.push_back(lack.Text());
      rows.push_back({verdict.node->name, lacks.empty() ? "nothing" : Join(lacks, "; ")});
    }
    Gap();
    text_ += Table(rows, LastColumn::kWraps);
  }

  const ExplainedPod& pod_;
  const Explanation& explained_;
  std::string text_;
};

}  // namespace

std::string ExplanationText(const ExplainedPod& pod, bool all_nodes) {
  return Writer(pod).Text(all_nodes);
}

}  // namespace railhook
