// Patches: whether one applies, and what the builder makes.
// The input is a JSON list: a document, then operations as {"op", "path", "value"} or changes as
// [path, value] with a path that is a list of names.

#include <string>

#include "base/json.h"
#include "k8sclient/object.h"
#include "tests/fuzz/fuzz.h"
#include "webhook/admission/patch.h"

namespace railhook {
namespace {

using Op = PatchOperation::Op;

void Append(const Json& operation, Patch& patch) {
  const std::string name = TextMember(&operation, "op");
  const Op op = name == "remove" ? Op::kRemove : name == "replace" ? Op::kReplace : Op::kAdd;
  const auto value = operation.find("value");
  patch.Append(
      {op, TextMember(&operation, "path"), value == operation.end() ? "null" : Compact(*value)});
}

JsonPath PathOf(const Json& names) {
  JsonPath path;
  for (const Json& name : names)
    if (name.is_string()) path.push_back(name.get<std::string>());
  return path;
}

void ExpectSameVerdict(const Patch& patch, const Json& document) {
  Expect(ParseJson(patch.ToJson()).has_value(), "a patch is JSON");
  Expect(patch.TryOn(document).has_value() == patch.Apply(document).has_value(),
         "what is tried on and what is applied fit alike");
}

const Json* Find(const Json& document, const JsonPath& path) {
  const Json* found = &document;
  for (const std::string& name : path) found = Member(found, name);
  return found;
}

// Whether objects lead to the path, as far as anything is there.
bool LeadsThroughObjects(const Json& document, const JsonPath& path) {
  const Json* place = &document;
  for (const std::string& name : path) {
    if (place != nullptr && !place->is_object()) return false;
    place = Member(place, name);
  }
  return true;
}

void FuzzSet(const Json& document, const JsonPath& path, const Json& value) {
  if (path.empty() || value.is_null() || !LeadsThroughObjects(document, path)) return;
  PatchBuilder builder(document);
  builder.Set(path, value);
  const Patch patch = std::move(builder).Build();
  ExpectSameVerdict(patch, document);
  const auto patched = patch.Apply(document);
  Expect(patched.has_value(), "what is set applies");
  if (value.is_object()) return;  // it joins what is there
  const Json* found = Find(*patched, path);
  Expect(found != nullptr && *found == value, "what is set is there");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const auto input = ParseJson(AsText(data, size));
  if (!input || !input->is_array() || input->empty()) return 0;
  const Json& document = input->front();
  Patch patch;
  for (const Json& change : *input) {
    if (change.is_array() && change.size() == 2 && change.front().is_array())
      FuzzSet(document, PathOf(change.front()), change.back());
    if (change.is_object() && &change != &document) Append(change, patch);
  }
  ExpectSameVerdict(patch, document);
  return 0;
}
