#include <CLI/CLI.hpp>
#include <iostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/explain_json.h"
#include "cli/explain_text.h"
#include "cli/manifest.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "explain/cluster_nodes.h"
#include "explain/pod_needs.h"
#include "k8sclient/object_files.h"
#include "webhook/inject/pod_templates.h"

namespace railhook {
namespace {

struct Options {
  std::string pod;
  std::string file;
  std::string name_space;
  std::string output;
  bool all_nodes = false;
  Sources sources;
};

// Explains pods among the same rails and nodes.
class Explainer {
 public:
  Explainer(const Options& options, const Surroundings& around)
      : options_(options), around_(around) {}

  Result<std::vector<ExplainedPod>> Run() {
    if (options_.file.empty()) return ExplainExisting();
    return ExplainFile();
  }

 private:
  std::string DefaultNamespace() const {
    if (!options_.name_space.empty()) return options_.name_space;
    return around_.cluster ? around_.cluster->name_space : "default";
  }

  Result<std::vector<ExplainedPod>> ExplainExisting() {
    if (!around_.cluster) {
      return Fail(ErrorCode::kInvalid, "pod " + options_.pod +
                                           " can't be looked up in files: use -f FILE with a "
                                           "manifest of it, or a cluster instead of --rails");
    }
    const std::string name_space = DefaultNamespace();
    const Json pod = TRY(GetPod(name_space));
    ExplainedPod explained;
    explained.who = "Pod " + name_space + '/' + options_.pod;
    explained.name_space = name_space;
    explained.explanation =
        railhook::Explain(WithoutRails(pod, name_space), name_space, around_.index, around_.config);
    explained.state = ReadPodState(pod);
    explained.status = ReadStatus(pod);
    if (explained.status)
      explained.differences =
          Differences(pod, name_space, *explained.status, explained.explanation);
    const bool waits = explained.state->node.empty() && explained.state->phase == "Pending";
    if (waits) JudgeNodes(pod, explained);
    return std::vector{std::move(explained)};
  }

  Result<Json> GetPod(const std::string& name_space) const {
    auto pod = around_.cluster->client.Get(kPods, name_space, options_.pod);
    if (pod || pod.error().code != ErrorCode::kNotFound) return pod;
    return Fail(ErrorCode::kNotFound, "there is no pod " + Quoted(options_.pod) + " in namespace " +
                                          name_space + ": -n NAMESPACE looks in another one");
  }

  Result<std::vector<ExplainedPod>> ExplainFile() {
    std::vector<ExplainedPod> explained;
    for (const YamlDocument& document : TRY(ReadManifest(options_.file))) {
      Result<> added;
      ForEachObject(document.value, [&](const OrderedJson& object, const std::string&) {
        if (added) added = ExplainObject(object, explained);
      });
      TRY(std::move(added));
    }
    if (!explained.empty()) return explained;
    return Fail(ErrorCode::kInvalid, options_.file + " holds no pod and no pod template");
  }

  Result<> ExplainObject(const OrderedJson& object, std::vector<ExplainedPod>& all) {
    for (const ManifestPod& place : TRY(PodsOf(object, DefaultNamespace(), around_.config))) {
      const Json pod = object[OrderedJson::json_pointer(place.pointer)];
      ExplainedPod explained;
      explained.who = place.who;
      explained.name_space = place.name_space;
      explained.explanation =
          railhook::Explain(pod, place.name_space, around_.index, around_.config);
      explained.misplaced = MisplacedAnnotations(object, around_.config.pod_templates);
      if (explained.explanation.outcome == Outcome::kRails) {
        const auto injected = explained.explanation.injection.patch.Apply(pod);
        if (injected) JudgeNodes(*injected, explained);
      }
      all.push_back(std::move(explained));
    }
    return {};
  }

  void JudgeNodes(const Json& pod, ExplainedPod& explained) {
    const auto needs = ReadPodNeeds(pod);
    if (!needs) {
      explained.nodes_not_judged = "not judged: " + needs.error().message;
    } else if (!around_.cluster) {
      explained.nodes_not_judged = "not known, as the rails come from files";
    } else if (const auto listed = ListNodesOnce(pod); !listed) {
      explained.nodes_not_judged = "not known: " + listed.error().message;
    } else {
      explained.fit = FitNodes(*needs, *nodes_);
    }
  }

  Result<> ListNodesOnce(const Json& pod) {
    if (nodes_) return {};
    const std::string uid = TextMember(Member(&pod, "metadata"), "uid");
    nodes_ = TRY(ListNodes(around_.cluster->client, uid));
    return {};
  }

  const Options& options_;
  const Surroundings& around_;
  std::optional<std::vector<Node>> nodes_;
};

void PrintText(const std::vector<ExplainedPod>& pods, bool all_nodes) {
  for (const ExplainedPod& pod : pods) {
    if (&pod != &pods.front()) std::cout << '\n';
    std::cout << ExplanationText(pod, all_nodes);
  }
}

void PrintJson(const std::vector<ExplainedPod>& pods) {
  std::vector<OrderedJson> documents;
  for (const ExplainedPod& pod : pods) documents.push_back(ExplanationJson(pod));
  std::cout << IndentedJson(documents);
}

int RunExplain(const Options& options) {
  if (options.pod.empty() && options.file.empty()) {
    PrintError("name a POD of the cluster, or a manifest with -f FILE");
    return kUsage;
  }
  const auto opened = OpenSources(options.sources);
  if (!opened) return opened.error();
  Explainer explainer(options, *opened);
  const auto explained = explainer.Run();
  if (!explained) {
    PrintError(explained.error().message);
    return kRefused;
  }
  if (options.output == "json")
    PrintJson(*explained);
  else
    PrintText(*explained, options.all_nodes);
  const bool refused = std::any_of(
      explained->begin(), explained->end(),
      [](const ExplainedPod& pod) { return pod.explanation.outcome == Outcome::kRefused; });
  return refused ? kRefused : kOk;
}

}  // namespace

void AddExplain(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "explain", "Say why a pod gets its rails or doesn't, and which nodes could run it");
  auto* pod = command->add_option("pod", options->pod, "Name of a pod in the cluster");
  pod->type_name("POD");
  command
      ->add_option("-f,--file", options->file,
                   "Manifest with pods or workloads instead; - is standard input")
      ->type_name("FILE")
      ->excludes(pod);
  command
      ->add_option("-n,--namespace", options->name_space,
                   "Namespace of the pod, or of objects that name none; the default is the "
                   "kubeconfig's, else \"default\"")
      ->type_name("NAMESPACE");
  AddOutput(*command, options->output, {"text", "json"});
  command->add_flag("--all-nodes", options->all_nodes, "A line for each node, not a summary");
  AddSources(*command, options->sources);
  command->footer(
      "Examples:\n"
      "  railhook explain train-0 -n training          a pod in the cluster of your kubeconfig\n"
      "  railhook explain -f job.yaml                  what its pods would get there\n"
      "  railhook explain -f pod.yaml --rails rails/   the same from files, without a cluster\n"
      "Exit code: 0 explained, 1 a pod would be refused or can't be found, 2 wrong usage.");
  command->callback([options, &chosen] { chosen = [options] { return RunExplain(*options); }; });
}

}  // namespace railhook
