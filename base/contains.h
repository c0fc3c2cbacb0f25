#pragma once
// Membership in a short list.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace railhook {

inline bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace railhook
