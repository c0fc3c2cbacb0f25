#include "policy/vf_range.h"

#include <algorithm>

#include "base/text.h"

namespace railhook {

bool Overlap(const VfRange& a, const VfRange& b) { return a.first <= b.last && b.first <= a.last; }

std::string TextOf(const VfRange& range) {
  const std::string first = std::to_string(range.first);
  return range.size() == 1 ? first : first + '-' + std::to_string(range.last);
}

VfSet Joined(std::vector<VfRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  VfSet joined;
  for (const VfRange& range : ranges) {
    if (joined.empty() || joined.back().last + 1 < range.first)
      joined.push_back(range);
    else
      joined.back().last = std::max(joined.back().last, range.last);
  }
  return joined;
}

VfSet Common(const VfSet& a, const VfSet& b) {
  VfSet common;
  for (const VfRange& one : a) {
    for (const VfRange& other : b) {
      if (Overlap(one, other))
        common.push_back({std::max(one.first, other.first), std::min(one.last, other.last)});
    }
  }
  return Joined(std::move(common));
}

VfSet Without(const VfSet& from, const VfSet& taken) {
  VfSet left;
  for (VfRange range : from) {
    for (const VfRange& gone : taken) {
      if (!Overlap(range, gone)) continue;
      if (range.first < gone.first) left.push_back({range.first, gone.first - 1});
      range.first = gone.last + 1;
    }
    if (range.first <= range.last) left.push_back(range);
  }
  return left;
}

std::string TextOf(const VfSet& vfs) {
  if (vfs.size() == 1) return (vfs.front().size() == 1 ? "VF " : "VFs ") + TextOf(vfs.front());
  std::vector<std::string> texts;
  for (const VfRange& range : vfs) texts.push_back(TextOf(range));
  if (texts.empty()) return "no VF";
  const std::string last = texts.back();
  texts.pop_back();
  return "VFs " + Join(texts, ", ") + " and " + last;
}

}  // namespace railhook
