#pragma once
// Checks of single fields of an object, and what they find.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "k8sclient/finding.h"

namespace railhook {

// A value in an object, and where it stands; the object must outlive it.
struct JsonField {
  const nlohmann::json* value = nullptr;  // null where it is missing, or JSON's null
  std::string pointer;                    // "/spec/sriov/mtu"

  bool missing() const { return value == nullptr; }
  bool is_map() const;
  bool is_list() const;
  JsonField operator/(std::string_view member) const;
  // The items of a list; none where it is none.
  std::vector<JsonField> Items() const;
  // The value where it is an integer; those beyond 64 bits count as the largest.
  std::optional<std::int64_t> Integer() const;
  // The value where it is a text, else "".
  std::string Text() const;
};

// Each check adds at most one finding, and takes a field that is missing for right unless it says
// otherwise. What comes after the first hundred errors, or the first hundred warnings, is left out.
class FieldChecker {
 public:
  // `what` goes on after the field's name: "is missing: write ...".
  void Error(const JsonField& field, std::string_view what);
  void Warn(const JsonField& field, std::string_view what);
  // "is 5: write ", or "is missing: write ", and what to write.
  void Wrong(const JsonField& field, std::string_view write);

  void Number(const JsonField& field, std::int64_t least, std::int64_t most);
  void Flag(const JsonField& field);
  void Choice(const JsonField& field, const std::vector<std::string>& choices);
  void Text(const JsonField& field);
  void Texts(const JsonField& field);
  void Map(const JsonField& field);
  // An error for each member of a map that is none of `known`, with the nearest of them.
  void Members(const JsonField& map, const std::vector<std::string>& known);
  // An error where it is missing or empty, too; `what` says what the text is.
  void NeededText(const JsonField& field, std::string_view what);

  std::vector<Finding> Take() && { return std::move(findings_); }

 private:
  void Add(Severity severity, const JsonField& field, std::string_view what);

  std::vector<Finding> findings_;
  std::size_t errors_ = 0;
};

}  // namespace railhook
