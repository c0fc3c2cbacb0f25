#pragma once
// Indices of a PF's virtual functions.

#include <compare>
#include <string>
#include <vector>

namespace railhook {

// The last one is in it.
struct VfRange {
  int first = 0;
  int last = 0;

  int size() const { return last - first + 1; }
  bool holds(int vf) const { return first <= vf && vf <= last; }
  auto operator<=>(const VfRange&) const = default;
};

bool Overlap(const VfRange& a, const VfRange& b);
// "0-3", or "2" for a single one.
std::string TextOf(const VfRange& range);

// A set of VFs: ranges by their first VF, with a gap between any two.
using VfSet = std::vector<VfRange>;

// Those of any of the ranges, which may stand in any order and overlap.
VfSet Joined(std::vector<VfRange> ranges);
VfSet Common(const VfSet& a, const VfSet& b);
VfSet Without(const VfSet& from, const VfSet& taken);
// "VF 2", "VFs 0-3", "VFs 0-3 and 6".
std::string TextOf(const VfSet& vfs);

}  // namespace railhook
