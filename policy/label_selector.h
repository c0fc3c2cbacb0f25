#pragma once
// LabelSelector of the Kubernetes API (meta/v1): matchLabels and matchExpressions, all of which
// must hold.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "k8sclient/object.h"

namespace railhook {

struct LabelRequirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };

  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values;

  bool operator==(const LabelRequirement&) const = default;
};

struct LabelSelector {
  StringMap labels;
  std::vector<LabelRequirement> expressions;

  // The empty selector fits everything.
  bool Fits(const StringMap& labels) const;
  bool operator==(const LabelSelector&) const = default;
};

Result<LabelSelector> ReadLabelSelector(const nlohmann::json& selector);

}  // namespace railhook
