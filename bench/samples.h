#pragma once
// Figures of repeated measurements. Machines are shared and change their speed under a measurement,
// so what is compared is measured in turns, and only ratios within one turn count.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace railhook {

using Samples = std::vector<double>;

inline double Median(Samples samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

// The median of the ratios of the turns.
inline double MedianRatio(const Samples& a, const Samples& b) {
  Samples ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return Median(ratios);
}

}  // namespace railhook
