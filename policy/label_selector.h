#pragma once
// LabelSelector of the Kubernetes API (meta/v1): matchLabels and matchExpressions, all of which
// must hold.

#include <optional>
#include <string>
#include <vector>

#include "k8sclient/field_checker.h"
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

// Labels that fit both; none where no labels do.
std::optional<StringMap> LabelsInBoth(const LabelSelector& a, const LabelSelector& b);

// Whether all that fits `a` fits `b`, too.
bool IsWithin(const LabelSelector& a, const LabelSelector& b);

// What can be read of a selector, and of labels that must be there; `check` is told what can't.
LabelSelector ReadLabelSelector(const JsonField& selector, FieldChecker& check);
StringMap ReadLabels(const JsonField& labels, FieldChecker& check);

}  // namespace railhook
