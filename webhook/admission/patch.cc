#include "webhook/admission/patch.h"

#include <charconv>
#include <span>

#include "base/json.h"
#include "base/text.h"

namespace railhook {
namespace {

std::string_view OpName(PatchOperation::Op op) {
  switch (op) {
    case PatchOperation::Op::kAdd:
      return "add";
    case PatchOperation::Op::kReplace:
      return "replace";
    case PatchOperation::Op::kRemove:
      return "remove";
  }
  return "";
}

// The JSON library asserts, or does nothing, where the parent is neither map nor list.
template <typename Document>
bool HasPlace(const Document& document, const typename Document::json_pointer& path) {
  return path.empty() || document.at(path.parent_pointer()).is_structured();
}

// Throws where the value is no JSON.
Json AsJson(const PatchOperation& operation) {
  Json json = {{"op", OpName(operation.op)}, {"path", operation.path}};
  if (operation.op != PatchOperation::Op::kRemove) json["value"] = Json::parse(operation.value);
  return json;
}

tl::unexpected<Error> DoesNotApply(std::string_view why) {
  return Fail(ErrorCode::kInvalid, "the patch does not apply: " + std::string(why));
}

// Makes the operations one after the other; throws, or says where one has no place.
template <typename Document>
Result<> Change(Document& document, const Document& operations) {
  for (const Document& operation : operations) {
    const typename Document::json_pointer path(operation.at("path").template get<std::string>());
    if (!HasPlace(document, path)) return DoesNotApply("no place for " + path.to_string());
    document.patch_inplace(Document::array({operation}));
  }
  return {};
}

template <typename Document>
Result<Document> ApplyTo(const Document& document, const std::string& patch) {
  try {
    Document patched = document;
    TRY(Change(patched, Document::parse(patch)));
    return patched;
  } catch (const nlohmann::json::exception& e) {
    return DoesNotApply(e.what());
  }
}

// Where in a list a step leads; npos where it is no position.
std::size_t Position(std::string_view name) {
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), position);
  return error == std::errc() && end == name.data() + name.size() ? position : std::string::npos;
}

// The child of an object or list, or null; JSON null counts as nothing there.
const Json* Child(const Json* parent, const std::string& name) {
  if (parent == nullptr) return nullptr;
  const Json* child = nullptr;
  if (parent->is_object()) {
    const auto found = parent->find(name);
    if (found != parent->end()) child = &*found;
  } else if (parent->is_array()) {
    const auto position = Position(name);
    if (position < parent->size()) child = &(*parent)[position];
  }
  return child == nullptr || child->is_null() ? nullptr : child;
}

const Json* Find(const Json& document, const JsonPath& path) {
  const Json* found = &document;
  for (const std::string& name : path) found = Child(found, name);
  return found;
}

Json& At(Json& tree, const JsonPath& path) {
  Json* place = &tree;
  for (const std::string& name : path) place = &(*place)[name];
  return *place;
}

// The opposite of PointerOf.
JsonPath StepsOf(std::string_view pointer) {
  JsonPath steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const std::string_view here = pointer.substr(i, 2);
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (!steps.empty()) {
      const bool escape = here == "~0" || here == "~1";
      steps.back() += here == "~0" ? '~' : here == "~1" ? '/' : pointer[i];
      i += escape ? 1 : 0;
    }
  }
  return steps;
}

// Copies what `steps` lead through into `part`, beside what is there already; lists keep their
// length. What an operation meets on its way decides whether it applies, not what stands beside.
void CopyAlong(const Json& whole, std::span<const std::string> steps, Json& part) {
  if (steps.empty() || !whole.is_structured()) {
    part = whole;
    return;
  }
  const std::string& name = steps.front();
  if (whole.is_object()) {
    if (part.is_null()) part = Json::object();
    const auto child = whole.find(name);
    if (child != whole.end()) CopyAlong(*child, steps.subspan(1), part[name]);
    return;
  }
  if (part.is_null()) part = Json::array_t(whole.size());
  const auto position = Position(name);
  if (position < whole.size()) CopyAlong(whole[position], steps.subspan(1), part[position]);
}

// What has to be done so that `document` holds all that `wanted` holds.
void Overlay(const Json& document, const Json& wanted, JsonPath& path, Patch& patch) {
  for (const auto& [name, value] : wanted.items()) {
    path.push_back(name);
    const Json* there = Child(&document, name);
    if (there == nullptr) {
      patch.Append({PatchOperation::Op::kAdd, PointerOf(path), Compact(value)});
    } else if (there->is_structured() && value.is_object()) {
      Overlay(*there, value, path, patch);
    } else if (*there != value) {
      patch.Append({PatchOperation::Op::kReplace, PointerOf(path), Compact(value)});
    }
    path.pop_back();
  }
}

}  // namespace

std::string PointerOf(const JsonPath& path) {
  std::string pointer;
  for (const std::string& name : path) pointer += PointerStep(name);
  return pointer;
}

std::string Patch::ToJson() const {
  std::string text = "[";
  for (const PatchOperation& operation : operations_) {
    if (text.size() > 1) text += ',';
    text.append(R"({"op":")")
        .append(OpName(operation.op))
        .append(R"(","path":)")
        .append(Compact(Json(operation.path)));
    if (operation.op != PatchOperation::Op::kRemove)
      text.append(R"(,"value":)").append(operation.value);
    text += '}';
  }
  return text + ']';
}

Result<> Patch::TryOn(const Json& document) const {
  try {
    Json excerpt;
    Json patch = Json::array();
    for (const PatchOperation& operation : operations_) {
      CopyAlong(document, StepsOf(operation.path), excerpt);
      patch.push_back(AsJson(operation));
    }
    return Change(excerpt, patch);
  } catch (const Json::exception& e) {
    return DoesNotApply(e.what());
  }
}

Result<Json> Patch::Apply(const Json& document) const { return ApplyTo(document, ToJson()); }
Result<OrderedJson> Patch::Apply(const OrderedJson& document) const {
  return ApplyTo(document, ToJson());
}

struct PatchBuilder::Impl {
  const Json& document;
  Json wanted = Json::object();
  std::vector<std::pair<JsonPath, Json>> appended;
  std::vector<JsonPath> removed;
};

PatchBuilder::PatchBuilder(const Json& document)
    : impl_(new Impl{document, Json::object(), {}, {}}) {}
PatchBuilder::~PatchBuilder() = default;

void PatchBuilder::Set(const JsonPath& path, const Json& value) { At(impl_->wanted, path) = value; }

void PatchBuilder::Append(const JsonPath& path, const Json& value) {
  if (Find(impl_->document, path) == nullptr)
    At(impl_->wanted, path).push_back(value);
  else
    impl_->appended.emplace_back(path, value);
}

void PatchBuilder::Remove(const JsonPath& path) {
  if (Find(impl_->document, path) != nullptr) impl_->removed.push_back(path);
}

Patch PatchBuilder::Build() && {
  Patch patch;
  JsonPath path;
  for (const JsonPath& gone : impl_->removed) {
    patch.Append({PatchOperation::Op::kRemove, PointerOf(gone), ""});
  }
  Overlay(impl_->document, impl_->wanted, path, patch);
  for (const auto& [list, value] : impl_->appended) {
    patch.Append({PatchOperation::Op::kAdd, PointerOf(list) + "/-", Compact(value)});
  }
  return patch;
}

}  // namespace railhook
