#include "k8sclient/names.h"

#include <algorithm>
#include <string>

namespace railhook {
namespace {

bool IsLower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlphanumeric(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }

bool IsDnsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && IsLower(label.front()) && IsLower(label.back()) &&
         std::all_of(label.begin(), label.end(), [](char c) { return IsLower(c) || c == '-'; });
}

}  // namespace

bool IsDnsSubdomain(std::string_view name) {
  if (name.size() > 253) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!IsDnsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsLabelValue(std::string_view value) {
  if (value.empty()) return true;
  return value.size() <= 63 && IsAlphanumeric(value.front()) && IsAlphanumeric(value.back()) &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsLabelKey(std::string_view key) {
  const auto slash = key.find('/');
  const bool prefixed = slash != std::string_view::npos;
  const std::string_view name = prefixed ? key.substr(slash + 1) : key;
  return (!prefixed || IsDnsSubdomain(key.substr(0, slash))) && !name.empty() && IsLabelValue(name);
}

bool IsExtendedResource(std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view domain = name.substr(0, slash);
  const std::string_view rest = name.substr(slash + 1);
  constexpr std::string_view kQuota =
      "requests.";  // what quotas put in front, which must be a name still
  const bool native = domain.ends_with("kubernetes.io");
  return !native && !domain.starts_with(kQuota) &&
         IsDnsSubdomain(std::string(kQuota).append(domain)) && !rest.empty() && IsLabelValue(rest);
}

}  // namespace railhook
