#include "k8sclient/object.h"

#include "base/json.h"
#include "base/text.h"

namespace railhook {

const std::string* ObjectMeta::Annotation(std::string_view key) const {
  const auto found = annotations.find(key);
  return found == annotations.end() ? nullptr : &found->second;
}

const Json* Member(const Json* object, std::string_view key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() || found->is_null() ? nullptr : &*found;
}

const std::vector<Json>& ItemsOf(const Json* object, std::string_view key) {
  static const std::vector<Json> kNone;
  const Json* list = Member(object, key);
  return list != nullptr && list->is_array() ? list->get_ref<const std::vector<Json>&>() : kNone;
}

std::optional<std::int64_t> IntegerMember(const Json* object, std::string_view key) {
  const Json* number = Member(object, key);
  if (number == nullptr || !number->is_number_integer()) return std::nullopt;
  return number->get<std::int64_t>();
}

std::string TextMember(const Json* object, std::string_view key) {
  const Json* member = Member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

Result<StringMap> ReadStringMap(const Json* map, std::string_view field) {
  StringMap read;
  if (map == nullptr) return read;
  if (!map->is_object()) {
    return Fail(ErrorCode::kInvalid, std::string(field) + " must be a map of strings");
  }
  for (const auto& [key, value] : map->items()) {
    if (!value.is_string()) {
      return Fail(ErrorCode::kInvalid, std::string(field) + "[\"" + key +
                                           "\"] must be a string, not " + Compact(value) +
                                           ": put it in quotes");
    }
    read.emplace(key, value.get<std::string>());
  }
  return read;
}

namespace {

// "" where it is missing.
Result<std::string> ReadText(const Json* metadata, std::string_view key) {
  const Json* text = Member(metadata, key);
  if (text == nullptr) return std::string();
  if (text->is_string()) return text->get<std::string>();
  return Fail(ErrorCode::kInvalid, "metadata." + std::string(key) + " must be a string, not " +
                                       OneLine(Compact(*text), 60) + ": put it in quotes");
}

}  // namespace

Result<ObjectMeta> ReadMeta(const Json& object) {
  const Json* metadata = Member(&object, "metadata");
  ObjectMeta meta;
  meta.name = TRY(ReadText(metadata, "name"));
  if (meta.name.empty()) return Fail(ErrorCode::kInvalid, "metadata.name is missing");
  meta.name_space = TRY(ReadText(metadata, "namespace"));
  if (meta.name_space.empty()) meta.name_space = "default";
  meta.annotations = TRY(ReadStringMap(Member(metadata, "annotations"), "metadata.annotations"));
  meta.labels = TRY(ReadStringMap(Member(metadata, "labels"), "metadata.labels"));
  meta.deleting = Member(metadata, "deletionTimestamp") != nullptr;
  for (const Json& owner : ItemsOf(metadata, "ownerReferences"))
    meta.owners.push_back({TextMember(&owner, "kind"), TextMember(&owner, "name")});
  return meta;
}

}  // namespace railhook
