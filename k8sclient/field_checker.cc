#include "k8sclient/field_checker.h"

#include <algorithm>
#include <limits>

#include "base/contains.h"
#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr std::size_t kMostFindings = 100;  // of either severity
constexpr std::size_t kMostQuoted = 60;     // bytes of a value

bool IsTexts(const JsonField& field) {
  const auto items = field.Items();
  return field.is_list() && std::all_of(items.begin(), items.end(), [](const JsonField& item) {
           return !item.missing() && item.value->is_string();
         });
}

}  // namespace

bool JsonField::is_map() const { return value != nullptr && value->is_object(); }

bool JsonField::is_list() const { return value != nullptr && value->is_array(); }

JsonField JsonField::operator/(std::string_view member) const {
  return {Member(value, member), pointer + PointerStep(member)};
}

std::vector<JsonField> JsonField::Items() const {
  std::vector<JsonField> items;
  if (!is_list()) return items;
  for (const Json& item : *value)
    items.push_back(
        {item.is_null() ? nullptr : &item, pointer + '/' + std::to_string(items.size())});
  return items;
}

std::optional<std::int64_t> JsonField::Integer() const {
  if (missing() || !value->is_number_integer()) return std::nullopt;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const bool beyond = value->is_number_unsigned() && value->get<std::uint64_t>() > kMost;
  return beyond ? kMost : value->get<std::int64_t>();
}

std::string JsonField::Text() const {
  return missing() || !value->is_string() ? "" : value->get<std::string>();
}

void FieldChecker::Add(Severity severity, const JsonField& field, std::string_view what) {
  const bool error = severity == Severity::kError;
  const std::size_t known = error ? errors_ : findings_.size() - errors_;
  if (known >= kMostFindings) return;
  errors_ += error;
  findings_.push_back({severity, field.pointer, FieldAt(field.pointer) + ' ' + std::string(what)});
}

void FieldChecker::Error(const JsonField& field, std::string_view what) {
  Add(Severity::kError, field, what);
}

void FieldChecker::Warn(const JsonField& field, std::string_view what) {
  Add(Severity::kWarning, field, what);
}

void FieldChecker::Wrong(const JsonField& field, std::string_view write) {
  const std::string now = field.missing() ? "missing" : OneLine(Compact(*field.value), kMostQuoted);
  Error(field, "is " + now + ": write " + std::string(write));
}

void FieldChecker::Number(const JsonField& field, std::int64_t least, std::int64_t most) {
  if (field.missing()) return;
  const auto number = field.Integer();
  if (number && *number >= least && *number <= most) return;
  Wrong(field, "a number from " + std::to_string(least) + " to " + std::to_string(most));
}

void FieldChecker::Flag(const JsonField& field) {
  if (!field.missing() && !field.value->is_boolean()) Wrong(field, "true or false");
}

void FieldChecker::Choice(const JsonField& field, const std::vector<std::string>& choices) {
  if (field.missing() || (field.value->is_string() && Contains(choices, field.Text()))) return;
  Wrong(field, "one of " + Join(choices, ", "));
}

void FieldChecker::Text(const JsonField& field) {
  if (!field.missing() && !field.value->is_string()) Wrong(field, "a text");
}

void FieldChecker::Texts(const JsonField& field) {
  if (!field.missing() && !IsTexts(field)) Wrong(field, "a list of texts, such as [\"name\"]");
}

void FieldChecker::Map(const JsonField& field) {
  if (!field.missing() && !field.is_map()) Wrong(field, "a map");
}

void FieldChecker::Members(const JsonField& map, const std::vector<std::string>& known) {
  if (!map.is_map()) return;
  for (const auto& [name, value] : map.value->items()) {
    if (!Contains(known, name)) Error(map / name, "is no known field" + DidYouMean(name, known));
  }
}

void FieldChecker::NeededText(const JsonField& field, std::string_view what) {
  if (field.missing() || *field.value == "")
    Error(field, "is missing: write " + std::string(what));
  else if (!field.value->is_string())
    Wrong(field, "a text, " + std::string(what));
}

}  // namespace railhook
