#include "webhook/inject/workload_warnings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "webhook/admission/response.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/pod_templates.h"

namespace railhook {
namespace {

constexpr std::size_t kMostTemplates = 100;
constexpr std::size_t kMostLines = 20;  // API servers cut all warnings at 4 KiB together
constexpr std::size_t kMostLinesOfOne = 5;
constexpr std::size_t kMostNamed = 2;  // templates that a text is about
constexpr std::string_view kGoesOn = "... ";

// Where `text` can be broken so that the first part is short enough: behind a clause where that
// leaves no short line, else between words. 0 where it can't.
std::size_t BreakOf(std::string_view text) {
  const std::string_view line = text.substr(0, kMaxWarning + 1);
  const auto clause = line.rfind("; ");
  if (clause != std::string_view::npos && clause > kMaxWarning / 2) return clause + 1;
  const auto word = line.rfind(' ');
  return word == std::string_view::npos || word < kGoesOn.size() ? 0 : word;
}

std::vector<std::string> LinesOf(std::string text) {
  std::vector<std::string> lines;
  text = OneLine(text, kMaxWarning * kMostLinesOfOne);
  while (text.size() > kMaxWarning && lines.size() + 1 < kMostLinesOfOne) {
    const auto end = BreakOf(text);
    if (end == 0) break;
    lines.push_back(text.substr(0, end));
    text = std::string(kGoesOn) + text.substr(end + 1);
  }
  lines.push_back(OneLine(text, kMaxWarning));
  return lines;
}

// What one pod of the template would be told; nothing where no API server would ask.
std::vector<std::string> TextsOf(const Json& pod, const std::string& name_space,
                                 const RailIndex& index, const InjectConfig& config) {
  Injection injection = Inject(pod, name_space, index, config);
  if (LacksInheritLabel(injection, name_space, index, config)) return {};
  std::vector<std::string> texts = std::move(injection.warnings);
  if (injection.verdict == Verdict::kDenied)
    texts.push_back("pods would be denied: " + injection.message);
  return texts;
}

std::string Names(std::vector<std::string> templates) {
  const std::size_t more = templates.size() - std::min(templates.size(), kMostNamed);
  templates.resize(templates.size() - more);
  return Join(templates, ", ") + (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

// Texts, each once, with the templates that it is about.
class Said {
 public:
  void Add(const std::string& text, const std::string& where) {
    const auto same = [&](const auto& said) { return said.first == text; };
    const auto found = std::find_if(said_.begin(), said_.end(), same);
    if (found == said_.end())
      said_.push_back({text, {where}});
    else
      found->second.push_back(where);
  }

  // What is about all of the `templates` doesn't name them.
  std::vector<std::string> Lines(std::size_t templates) const {
    std::vector<std::string> lines;
    for (const auto& [text, where] : said_) {
      const std::string who = where.size() == templates ? "" : Names(where) + ": ";
      for (std::string& line : LinesOf(who + text)) lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> said_;
};

bool IsOwned(const Json& object) {
  const auto& owners = ItemsOf(Member(&object, "metadata"), "ownerReferences");
  return std::any_of(owners.begin(), owners.end(), [](const Json& owner) {
    const Json* controller = Member(&owner, "controller");
    return controller != nullptr && *controller == true;
  });
}

bool HaveSameAnnotations(const Json& object, const Json& old) {
  const auto value = [](const Json& of, InjectKey key) {
    return TextMember(Member(Member(&of, "metadata"), "annotations"), AnnotationOf(key));
  };
  return value(object, InjectKey::kRdma) == value(old, InjectKey::kRdma) &&
         value(object, InjectKey::kNetwork) == value(old, InjectKey::kNetwork);
}

bool HaveSameTemplates(const Json& object, const Json& old, const std::vector<PodPlace>& places) {
  return std::all_of(places.begin(), places.end(), [&](const PodPlace& place) {
    const Json::json_pointer at(PointerOf(place.path));
    return old.contains(at) && old.at(at) == object.at(at);
  });
}

// Whether the request brings anything that hasn't been told already.
bool IsNews(const AdmissionRequest& request, const std::vector<PodPlace>& places) {
  if (!request.sub_resource.empty() || IsOwned(*request.object)) return false;
  if (request.operation == "CREATE") return true;
  const bool same = HaveSameAnnotations(*request.object, *request.old_object) &&
                    HaveSameTemplates(*request.object, *request.old_object, places);
  return request.operation == "UPDATE" && !same;
}

}  // namespace

std::vector<std::string> WarningsOfWorkload(const AdmissionRequest& request, const RailIndex& index,
                                            const InjectConfig& config) {
  const Json& object = *request.object;
  auto places = FindPods(object, config.pod_templates);
  if (places.empty() || places.front().path.empty() || !IsNews(request, places)) return {};
  places.resize(std::min(places.size(), kMostTemplates));
  Said said;
  for (const PodPlace& place : places) {
    const Json& pod = object.at(Json::json_pointer(PointerOf(place.path)));
    for (const std::string& text : TextsOf(pod, request.name_space, index, config))
      said.Add(text, Join(place.path, "."));
  }
  std::vector<std::string> lines;
  for (const std::string& text : MisplacedAnnotations(object, config.pod_templates))
    for (std::string& line : LinesOf(text)) lines.push_back(std::move(line));
  for (std::string& line : said.Lines(places.size())) lines.push_back(std::move(line));
  lines.resize(std::min(lines.size(), kMostLines));
  return lines;
}

}  // namespace railhook
