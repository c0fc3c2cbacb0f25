// The golden cases of tests/cases through the pure function.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "multus/rail_directory.h"
#include "tests/webhook/inject/yaml_fixture.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/pod_admission.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(TESTS_DIR) / "cases";

struct Case {
  RailIndex index{ClusterObjects()};
  InjectConfig config;
  std::string name_space = "default";
  OrderedJson pod;
  OrderedJson expect;
};

std::vector<fs::path> CaseFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

template <typename T>
T Take(Result<T> result) {
  if (!result) FAIL(std::string_view(result.error().message));
  return std::move(result).Take();
}

std::vector<YamlDocument> ReadYaml(const fs::path& path) {
  return Take(ParseYaml(Take(ReadFile(path))));
}

RailIndex IndexOf(const OrderedJson& document) {
  std::vector<ObjectFile> files;
  if (document.contains("rails")) {
    for (const auto& name : document["rails"]) {
      files.push_back(
          {name.get<std::string>(), ReadYaml(kCases / "rails" / name.get<std::string>())});
    }
  }
  if (document.contains("objects")) {
    std::vector<YamlDocument> objects;
    for (const auto& object : document["objects"]) objects.push_back({object, {}});
    files.push_back({"objects", std::move(objects)});
  }
  return RailIndex(Take(CollectRails(files)));
}

Case ReadCase(const fs::path& path) {
  const auto documents = ReadYaml(path);
  REQUIRE(documents.size() == 1);
  const OrderedJson& document = documents.front().value;
  Case read;
  read.index = IndexOf(document);
  if (document.contains("config"))
    read.config = Take(ReadInjectConfig(EmitYaml(document["config"])));
  read.name_space = document.value("namespace", "default");
  read.pod = document.at("pod");
  read.expect = document.at("expect");
  return read;
}

// The expected pod, where annotations may be written as YAML instead of compact JSON.
Json ExpectedPod(const Case& c) {
  if (c.expect.value("unchanged", false)) return c.pod;
  OrderedJson pod = c.expect.at("pod");
  if (pod.contains("metadata") && pod["metadata"].contains("annotations")) {
    for (auto& annotation : pod["metadata"]["annotations"]) {
      if (annotation.is_structured()) annotation = Compact(annotation);
    }
  }
  return pod;
}

// "" where `text` is what the case expects: the exact text, and every mention in it.
std::string Mismatch(const OrderedJson& expected, const char* exact, const std::string& text) {
  for (const auto& mention : expected.at("mentions")) {
    if (text.find(mention.get<std::string>()) == std::string::npos)
      return "does not mention " + mention.dump() + ": " + text;
  }
  const auto want = expected.find(exact);
  if (want == expected.end())
    return std::string("the case has no ") + exact + " yet (run_cases.py --bless): " + text;
  return *want == text ? "" : "expected: " + want->get<std::string>() + "\n     got: " + text;
}

void CheckWarnings(const Case& c, const std::vector<std::string>& warnings) {
  const OrderedJson expected = c.expect.value("warnings", OrderedJson::array());
  const std::string all = Join(warnings, " | ");
  CAPTURE(all);
  REQUIRE(warnings.size() == expected.size());
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    CHECK(Mismatch(expected[i], "text", warnings[i]) == "");
    CHECK(warnings[i].size() <= 120);
  }
}

void CheckUnchanged(const Case& c, const Json& pod) {
  const Injection again = Inject(pod, c.name_space, c.index, c.config);
  const std::string message = again.message, patch = again.patch.ToJson();
  CAPTURE(message);
  CAPTURE(patch);
  CHECK(again.verdict != Verdict::kDenied);
  CHECK(again.patch.empty());
}

void Run(const Case& c) {
  const Json pod = c.pod;
  const Injection injection = Inject(pod, c.name_space, c.index, c.config);
  CheckWarnings(c, injection.warnings);
  const std::string message = injection.message;
  CAPTURE(message);
  if (c.expect.contains("denied")) {
    REQUIRE(injection.verdict == Verdict::kDenied);
    CHECK(Mismatch(c.expect["denied"], "message", injection.message) == "");
    return;
  }
  REQUIRE(injection.verdict != Verdict::kDenied);
  CHECK(injection.patch.empty() == c.expect.value("unchanged", false));
  CHECK(CheckPatch(injection.patch, pod));
  const Json changed = Take(injection.patch.Apply(pod));
  CHECK(changed == ExpectedPod(c));
  CheckUnchanged(c, changed);
}

TEST_CASE("golden cases through the pure function") {
  const auto files = CaseFiles();
  CHECK(files.size() >= 120);
  for (const auto& file : files) {
    SUBCASE(file.stem().c_str()) { Run(ReadCase(file)); }
  }
}

}  // namespace
}  // namespace railhook
