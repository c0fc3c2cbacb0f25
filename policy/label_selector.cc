#include "policy/label_selector.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/contains.h"
#include "base/json.h"
#include "k8sclient/names.h"

namespace railhook {
namespace {

using Operator = LabelRequirement::Operator;

const std::map<std::string, Operator>& Operators() {
  static const std::map<std::string, Operator> kOperators = {
      {"In", Operator::kIn},
      {"NotIn", Operator::kNotIn},
      {"Exists", Operator::kExists},
      {"DoesNotExist", Operator::kDoesNotExist}};
  return kOperators;
}

bool Holds(const LabelRequirement& requirement, const StringMap& labels) {
  const auto found = labels.find(requirement.key);
  const bool there = found != labels.end();
  switch (requirement.op) {
    case Operator::kIn:
      return there && Contains(requirement.values, found->second);
    case Operator::kNotIn:
      return !there || !Contains(requirement.values, found->second);
    case Operator::kExists:
      return there;
    case Operator::kDoesNotExist:
      return !there;
  }
  return false;
}

std::vector<LabelRequirement> RequirementsOf(const LabelSelector& selector) {
  std::vector<LabelRequirement> all = selector.expressions;
  for (const auto& [key, value] : selector.labels) all.push_back({key, Operator::kIn, {value}});
  return all;
}

LabelRequirement Not(LabelRequirement requirement) {
  switch (requirement.op) {
    case Operator::kIn:
      requirement.op = Operator::kNotIn;
      break;
    case Operator::kNotIn:
      requirement.op = Operator::kIn;
      break;
    case Operator::kExists:
      requirement.op = Operator::kDoesNotExist;
      break;
    case Operator::kDoesNotExist:
      requirement.op = Operator::kExists;
      break;
  }
  return requirement;
}

// All that a key's requirements can tell apart: no label, each value that they name, any other.
std::vector<StringMap> Candidates(const std::string& key,
                                  const std::vector<LabelRequirement>& requirements) {
  std::vector<StringMap> candidates = {{}};
  std::string other = "other";
  for (const LabelRequirement& one : requirements) {
    if (one.key != key) continue;
    for (const std::string& value : one.values) candidates.push_back({{key, value}});
    while (Contains(one.values, other)) other += "-than-that";
  }
  candidates.push_back({{key, other}});
  return candidates;
}

// What requirements say of one key doesn't depend on others.
std::optional<StringMap> LabelsFor(const std::vector<LabelRequirement>& requirements) {
  StringMap labels;
  for (const LabelRequirement& requirement : requirements) {
    const auto candidates = Candidates(requirement.key, requirements);
    const auto fits = [&](const StringMap& candidate) {
      return std::ranges::all_of(requirements, [&](const LabelRequirement& one) {
        return one.key != requirement.key || Holds(one, candidate);
      });
    };
    const auto found = std::ranges::find_if(candidates, fits);
    if (found == candidates.end()) return std::nullopt;
    labels.insert(found->begin(), found->end());
  }
  return labels;
}

void CheckLabel(const JsonField& label, const std::string& key, FieldChecker& check) {
  if (!IsLabelKey(key)) {
    check.Error(label, "has a key that no label can have: write letters, digits, '-', '_' and '.'");
  } else if (label.missing() || !label.value->is_string()) {
    check.Wrong(label, "a text, in quotes");
  } else if (!IsLabelValue(label.Text())) {
    check.Wrong(label, "up to 63 letters, digits, '-', '_' and '.', as labels have them");
  }
}

void CheckValues(const JsonField& requirement, FieldChecker& check) {
  const JsonField op = requirement / "operator", values = requirement / "values";
  const bool needed = op.Text() == "In" || op.Text() == "NotIn";
  check.Texts(values);
  if (needed && values.Items().empty())
    check.Error(values, "is missing: operator " + op.Text() + " needs a list of values");
  if (!needed && !values.Items().empty())
    check.Error(values, "is not for operator " + op.Text() + ": remove it, or write In or NotIn");
}

LabelRequirement ReadRequirement(const JsonField& field, FieldChecker& check) {
  if (!field.is_map()) {
    check.Wrong(field, "{key: KEY, operator: In, values: [VALUE]}");
    return {};
  }
  check.Members(field, {"key", "operator", "values"});
  check.NeededText(field / "key", "a label's key");
  const std::string op = (field / "operator").Text();
  if (!Operators().contains(op)) {
    check.Wrong(field / "operator", "one of In, NotIn, Exists, DoesNotExist");
    return {};
  }
  CheckValues(field, check);
  LabelRequirement requirement{(field / "key").Text(), Operators().at(op), {}};
  for (const JsonField& value : (field / "values").Items())
    requirement.values.push_back(value.Text());
  return requirement;
}

}  // namespace

bool LabelSelector::Fits(const StringMap& of) const {
  const bool same = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    const auto found = of.find(label.first);
    return found != of.end() && found->second == label.second;
  });
  return same && std::all_of(expressions.begin(), expressions.end(),
                             [&](const LabelRequirement& one) { return Holds(one, of); });
}

std::optional<StringMap> LabelsInBoth(const LabelSelector& a, const LabelSelector& b) {
  auto requirements = RequirementsOf(a);
  for (LabelRequirement& one : RequirementsOf(b)) requirements.push_back(std::move(one));
  return LabelsFor(requirements);
}

bool IsWithin(const LabelSelector& a, const LabelSelector& b) {
  return std::ranges::none_of(RequirementsOf(b), [&](const LabelRequirement& one) {
    return LabelsInBoth(a, {{}, {Not(one)}}).has_value();
  });
}

StringMap ReadLabels(const JsonField& labels, FieldChecker& check) {
  StringMap read;
  check.Map(labels);
  if (!labels.is_map()) return read;
  for (const auto& [key, value] : labels.value->items()) {
    CheckLabel(labels / key, key, check);
    read.emplace(key, (labels / key).Text());
  }
  return read;
}

LabelSelector ReadLabelSelector(const JsonField& selector, FieldChecker& check) {
  LabelSelector read;
  check.Map(selector);
  check.Members(selector, {"matchLabels", "matchExpressions"});
  read.labels = ReadLabels(selector / "matchLabels", check);
  const JsonField expressions = selector / "matchExpressions";
  if (!expressions.missing() && !expressions.is_list())
    check.Wrong(expressions, "a list, such as [{key: KEY, operator: Exists}]");
  for (const JsonField& expression : expressions.Items())
    read.expressions.push_back(ReadRequirement(expression, check));
  return read;
}

}  // namespace railhook
