#pragma once
// What every Kubernetes object carries (ObjectMeta of the API conventions), as far as railhook
// needs it.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace railhook {

using StringMap = std::map<std::string, std::string, std::less<>>;

struct OwnerReference {
  std::string kind;
  std::string name;
};

struct ObjectMeta {
  std::string name_space;  // "default" where the object names none
  std::string name;
  StringMap annotations;
  StringMap labels;
  std::vector<OwnerReference> owners;
  bool deleting = false;  // has a deletionTimestamp

  // "namespace/name".
  std::string Id() const { return name_space + '/' + name; }

  // The value of an annotation, or null where there is none.
  const std::string* Annotation(std::string_view key) const;
};

// The metadata of `object`. kInvalid names the field that has the wrong type, or metadata.name
// where it is missing.
Result<ObjectMeta> ReadMeta(const nlohmann::json& object);

// A map of strings such as metadata.annotations; empty where `map` is null. `field` names it in the
// error.
Result<StringMap> ReadStringMap(const nlohmann::json* map, std::string_view field);

// The member of an object, or null where `object` is no object, has no such member, or has null
// there.
const nlohmann::json* Member(const nlohmann::json* object, std::string_view key);

// The items of a list member; none where it is missing or no list.
const std::vector<nlohmann::json>& ItemsOf(const nlohmann::json* object, std::string_view key);

// The value of a member that is a whole number, or nullopt.
std::optional<std::int64_t> IntegerMember(const nlohmann::json* object, std::string_view key);

// The text of a string member, or "" where it is missing or no string.
std::string TextMember(const nlohmann::json* object, std::string_view key);

}  // namespace railhook
