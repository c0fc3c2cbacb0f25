#pragma once
// Figures of repeated measurements. Machines are shared and change their speed under a measurement,
// so what is compared is measured in turns, and only ratios within one turn count.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace railhook {

using Samples = std::vector<double>;

// What a share of the samples does not exceed.
inline double Percentile(Samples samples, double share) {
  const auto at = static_cast<double>(samples.size()) * share;
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

inline double Median(Samples samples) { return Percentile(std::move(samples), 0.5); }

// The median of the ratios of the turns.
inline double MedianRatio(const Samples& a, const Samples& b) {
  Samples ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return Median(ratios);
}

}  // namespace railhook
