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
  if (name.size() > 1 && name.front() == '0') return std::string::npos;
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

bool IsPointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (auto at = text.find('~'); at != text.npos; at = text.find('~', at + 1)) {
    const char escaped = at + 1 < text.size() ? text[at + 1] : ' ';
    if (escaped != '0' && escaped != '1') return false;
  }
  return true;
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

// What `steps` lead to, or null; JSON null is something here.
Json* Reach(Json& document, std::span<const std::string> steps) {
  Json* place = &document;
  for (const std::string& name : steps) {
    if (place->is_object()) {
      const auto found = place->find(name);
      if (found == place->end()) return nullptr;
      place = &*found;
    } else {
      const auto position = place->is_array() ? Position(name) : std::string::npos;
      if (position >= place->size()) return nullptr;
      place = &(*place)[position];
    }
  }
  return place;
}

bool Add(Json& parent, const std::string& name, Json value) {
  if (parent.is_object()) {
    parent[name] = std::move(value);
    return true;
  }
  if (!parent.is_array()) return false;
  const auto position = name == "-" ? parent.size() : Position(name);
  if (position > parent.size()) return false;
  parent.insert(parent.begin() + static_cast<std::ptrdiff_t>(position), std::move(value));
  return true;
}

bool Remove(Json& parent, const std::string& name) {
  if (parent.is_object()) return parent.erase(name) > 0;
  const auto position = parent.is_array() ? Position(name) : std::string::npos;
  if (position >= parent.size()) return false;
  parent.erase(position);
  return true;
}

bool Replace(Json& document, const JsonPath& path, Json value) {
  Json* const place = Reach(document, path);
  if (place != nullptr) *place = std::move(value);
  return place != nullptr;
}

// One operation (RFC 6902, section 4); false where it has no place. Apply leaves it to the JSON
// library, which takes longer; tests and a fuzzer see that both agree.
bool Make(const PatchOperation& operation, const JsonPath& path, Json& document) {
  using Op = PatchOperation::Op;
  const bool removes = operation.op == Op::kRemove;
  Json value = removes ? Json() : Json::parse(operation.value, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return false;
  if (operation.op == Op::kReplace || path.empty())
    return !removes && Replace(document, path, std::move(value));
  Json* const parent = Reach(document, std::span(path).first(path.size() - 1));
  if (parent == nullptr) return false;
  return removes ? Remove(*parent, path.back()) : Add(*parent, path.back(), std::move(value));
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

const Json* FindAt(const Json& document, std::string_view pointer) {
  return Find(document, StepsOf(pointer));
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
  std::vector<JsonPath> paths;
  Json excerpt;
  for (const PatchOperation& operation : operations_) {
    if (!IsPointer(operation.path)) return DoesNotApply(operation.path + " is no JSON pointer");
    paths.push_back(StepsOf(operation.path));
    CopyAlong(document, paths.back(), excerpt);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!Make(operations_[i], paths[i], excerpt))
      return DoesNotApply("no place for " + operations_[i].path);
  }
  return {};
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
