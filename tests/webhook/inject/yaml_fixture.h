#pragma once
// Pods, rails and configurations for tests, written as YAML.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "multus/rail_directory.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"
#include "webhook/inject/pod.h"

namespace railhook {

// The value; where there is none, the test fails with the error.
template <typename T>
T Value(Result<T> result) {
  if (!result) FAIL(std::string_view(result.error().message));
  return std::move(result).Take();
}

// The message of an error that is kInvalid, or kNotFound for a class; "" where there is none.
template <typename T>
std::string ErrorOf(const Result<T>& result) {
  if (result) return "";
  const bool unknown = result.error().message.starts_with("unknown class ");
  CHECK(result.error().code == (unknown ? ErrorCode::kNotFound : ErrorCode::kInvalid));
  return result.error().message;
}

inline bool Mentions(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline OrderedJson OrderedFrom(std::string_view yaml) {
  const auto documents = Value(ParseYaml(yaml));
  REQUIRE(documents.size() == 1);
  return documents.front().value;
}

inline Json From(std::string_view yaml) { return OrderedFrom(yaml); }

inline Pod PodFrom(std::string_view yaml) { return Value(ReadPod(From(yaml))); }

inline RailIndex IndexFrom(std::string_view yaml) {
  return RailIndex(Value(CollectRails({{"rails.yaml", Value(ParseYaml(yaml))}})));
}

// Keys of the configuration file that are about the injection.
inline Result<InjectConfig> ReadInjectConfig(std::string_view yaml) {
  InjectConfig config;
  for (const YamlDocument& document : TRY(ParseYaml(yaml)))
    TRY(Setting(document).ReadMap(KeysOf(config)));
  return config;
}

inline InjectConfig ConfigFrom(std::string_view yaml) { return Value(ReadInjectConfig(yaml)); }

}  // namespace railhook
