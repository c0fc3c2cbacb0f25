#pragma once
// Values of a configuration file in YAML, each of which knows where it stands.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/text.h"
#include "base/yaml.h"

namespace railhook {

// One value. Errors are kInvalid and name the line, the key, the value and what to write instead.
// Lives no longer than its document.
class Setting {
 public:
  // What to do with each key of a map.
  using Keys = std::map<std::string, std::function<Result<>(const Setting&)>, std::less<>>;

  // The whole of a document.
  explicit Setting(const YamlDocument& document);

  // A key that isn't among `keys` is an error that says which is meant; one without a value is
  // passed over.
  Result<> ReadMap(const Keys& keys) const;

  // A map with keys of the user's own.
  Result<> ReadEach(const std::function<Result<>(const std::string&, const Setting&)>& read) const;

  Result<> ReadItems(const std::function<Result<>(const Setting&)>& read) const;

  Result<> Read(bool& flag) const;
  Result<> Read(std::string& text) const;
  Result<> Read(std::vector<std::string>& texts) const;
  Result<> Read(std::optional<std::size_t>& number) const;
  Result<> Read(double& number) const;                // from 0
  Result<> Read(std::chrono::seconds& period) const;  // "90d", "1h30m"
  Result<> Read(std::map<std::string, std::string, std::less<>>& texts) const;
  Result<> Read(OrderedJson& value) const;  // anything

  // One of a few words.
  template <typename T>
  Result<> Read(T& choice, const std::vector<std::pair<std::string, T>>& words) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
      if (Is(name)) {
        choice = value;
        return {};
      }
      names.push_back(name);
    }
    return Expect(false, Join(names, ", "));
  }

  // The error of a value that isn't what is `wanted`, unless `condition` holds.
  Result<> Expect(bool condition, std::string_view wanted) const;

  tl::unexpected<Error> Invalid(std::string_view what) const;

 private:
  Setting(const YamlDocument& document, const OrderedJson& value, std::string pointer,
          std::string name);

  Setting Child(const std::string& key, const OrderedJson& value) const;
  Result<> UnknownKey(const Keys& keys) const;
  bool Is(const std::string& word) const;

  const YamlDocument& document_;
  const OrderedJson& value_;
  std::string pointer_;
  std::string name_;
};

}  // namespace railhook
