#pragma once
// What is wrong with an object, and where.

#include <string>
#include <string_view>
#include <vector>

namespace railhook {

enum class Severity {
  kError,    // would be refused, or keeps pods from their rails
  kWarning,  // works, but not everywhere or not as it looks
};

struct Finding {
  Severity severity;
  std::string pointer;  // JSON pointer of the field in the object
  std::string text;     // names the field, quotes its value, says what to write

  bool operator==(const Finding&) const = default;
};

// The first that is an error, or null; it lives as long as `findings`.
const Finding* FirstError(const std::vector<Finding>& findings);

// How messages call the field at a JSON pointer: "/spec/sriov/mtu" is spec.sriov.mtu.
std::string FieldAt(std::string_view pointer);

}  // namespace railhook
