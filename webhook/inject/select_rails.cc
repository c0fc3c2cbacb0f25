#include "webhook/inject/select_rails.h"

#include <algorithm>
#include <charconv>

#include "base/contains.h"
#include "base/text.h"

namespace railhook {
namespace {

constexpr std::size_t kNearestShown = 3;
constexpr std::size_t kMostShown = 200;  // bytes of a name in a message

std::string Origin(const RailRequest& request, std::string_view pod_namespace) {
  if (request.asker == Asker::kPod) return request.Annotation();
  return request.Annotation() + " of namespace " + Quoted(pod_namespace);
}

Result<> CheckOptOut(const RailRequest& request, std::string_view pod_namespace) {
  if (!Contains(request.classes, kOptOut)) return {};
  return Fail(ErrorCode::kInvalid,
              Origin(request, pod_namespace) +
                  " holds \"none\" beside classes: write none alone to opt out, or classes alone");
}

// How a pod gets by without a class that it didn't ask for itself.
std::string WayOut(const RailRequest& request) {
  if (request.asker == Asker::kPod) return "";
  return "; a pod opts out with the annotation " + std::string(AnnotationOf(request.key)) +
         "=\"none\"";
}

std::string KnownClasses(InjectKey key, std::string_view name, const RailIndex& index) {
  const auto classes = index.Classes(key);
  if (classes.empty()) return "; no class exists for this key yet";
  const auto nearest = Nearest(name, classes, kNearestShown);
  const auto& shown = nearest.empty() ? classes : nearest;
  std::vector<std::string> quoted;
  for (const auto& known : shown) {
    if (quoted.size() < kNearestShown) quoted.push_back(Quoted(OneLine(known, 60)));
  }
  return (nearest.empty() ? "; known: " : "; nearest: ") + Join(quoted, ", ");
}

std::string OtherKeyHint(InjectKey key, std::string_view name, const RailIndex& index) {
  const auto other = key == InjectKey::kRdma ? InjectKey::kNetwork : InjectKey::kRdma;
  const auto classes = index.Classes(other);
  if (!Contains(classes, name)) return "";
  return "; it is a class of " + std::string(AnnotationOf(other));
}

// The class exists, but none of its rails may serve this pod.
std::string OutOfReachHint(InjectKey key, std::string_view name, std::string_view pod_namespace,
                           const RailIndex& index) {
  for (const Rail& rail : index.rails()) {
    const auto& classes = rail.Classes(key);
    if (!Contains(classes, name)) continue;
    if (rail.deleting) return "; " + rail.Object() + " carries it, but is being deleted";
    return "; " + rail.Object() + " carries it, but may not serve namespace " +
           Quoted(pod_namespace) + " (see railNamespaces)";
  }
  return "";
}

tl::unexpected<Error> UnknownClass(const RailRequest& request, const std::string& name,
                                   std::string_view pod_namespace, const RailIndex& index) {
  std::string hint = OutOfReachHint(request.key, name, pod_namespace, index);
  if (hint.empty()) hint = OtherKeyHint(request.key, name, index);
  if (hint.empty()) hint = KnownClasses(request.key, name, index);
  return Fail(ErrorCode::kNotFound, "unknown class " + Quoted(OneLine(name, kMostShown)) + " in " +
                                        Origin(request, pod_namespace) + hint +
                                        "; list all with: railhook rails" + WayOut(request));
}

std::string Names(const std::vector<const Rail*>& rails) {
  std::vector<std::string> names;
  for (const Rail* rail : rails) names.push_back(rail->Id());
  return Join(names, ", ");
}

Result<> CheckCount(std::size_t expected, std::string_view who,
                    const std::vector<const Rail*>& rails) {
  if (rails.size() == expected) return {};
  return Fail(ErrorCode::kInvalid, std::string(who) + " expects " + Count(expected, "rail") +
                                       ", but there " + (rails.size() == 1 ? "is " : "are ") +
                                       std::to_string(rails.size()) + ": " + Names(rails));
}

Result<> CheckClassCount(const std::string& name, const std::vector<const Rail*>& rails,
                         const InjectConfig& config) {
  const ClassConfig* settings = config.ForClass(name);
  if (settings == nullptr || !settings->expect_rails) return {};
  return CheckCount(*settings->expect_rails, "class " + Quoted(name), rails);
}

Result<> CheckPodCount(const Pod& pod, const std::vector<const Rail*>& rails) {
  const std::string* text = pod.Annotation(kExpectRailsAnnotation);
  if (text == nullptr) return {};
  const std::string_view digits = Trim(*text);
  std::size_t expected = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), expected);
  const std::string who = "annotation " + std::string(kExpectRailsAnnotation);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return Fail(ErrorCode::kInvalid,
                who + " is " + Quoted(*text) + ": write a number, such as \"8\"");
  }
  return CheckCount(expected, who + "=" + Quoted(*text), rails);
}

Result<> CheckEachRail(const RailRequest& request, const std::vector<const Rail*>& rails,
                       std::string_view pod_namespace) {
  std::vector<std::string> faults;
  for (const Rail* rail : rails) {
    std::vector<std::string> texts;
    for (const Problem& problem : rail->ProblemsFor(request.key)) texts.push_back(problem.text);
    if (!texts.empty()) faults.push_back(rail->Object() + ": " + Join(texts, ", and "));
  }
  if (faults.empty()) return {};
  return Fail(ErrorCode::kInvalid, Count(faults.size(), "rail") + " of " +
                                       Origin(request, pod_namespace) +
                                       " can't be used: " + Join(faults, "; ") + WayOut(request));
}

}  // namespace

Result<std::vector<const Rail*>> SelectRails(const RailRequest& request, const Pod& pod,
                                             std::string_view pod_namespace, const RailIndex& index,
                                             const InjectConfig& config) {
  TRY(CheckOptOut(request, pod_namespace));
  std::vector<const Rail*> rails;
  for (const std::string& name : request.classes) {
    const auto found = index.Find(request.key, name, pod_namespace, config.rail_namespaces);
    if (found.empty()) return UnknownClass(request, name, pod_namespace, index);
    TRY(CheckClassCount(name, found, config));
    rails.insert(rails.end(), found.begin(), found.end());
  }
  const auto before = [](const Rail* a, const Rail* b) { return ComesBefore(*a, *b); };
  if (request.classes.size() > 1) std::sort(rails.begin(), rails.end(), before);
  rails.erase(std::unique(rails.begin(), rails.end()), rails.end());
  TRY(CheckEachRail(request, rails, pod_namespace));
  TRY(CheckPodCount(pod, rails));
  return rails;
}

}  // namespace railhook
