#include "base/setting.h"

#include <charconv>

namespace railhook {
namespace {

using std::chrono::seconds;

constexpr seconds::rep kMostSeconds = seconds::rep{200} * 365 * 24 * 3600;

// 0: not a unit.
seconds::rep SecondsIn(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    default:
      return 0;
  }
}

// "1h30m": numbers, each with its unit.
std::optional<seconds> ParsePeriod(std::string_view text) {
  seconds::rep sum = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    seconds::rep number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = text.empty() ? 0 : SecondsIn(text.front());
    if (error != std::errc() || number < 0 || unit == 0 || number > kMostSeconds / unit)
      return std::nullopt;
    sum += number * unit;
    text.remove_prefix(1);
    if (sum > kMostSeconds) return std::nullopt;
  }
  return seconds(sum);
}

}  // namespace

Setting::Setting(const YamlDocument& document) : Setting(document, document.value, "", "") {}

Setting::Setting(const YamlDocument& document, const OrderedJson& value, std::string pointer,
                 std::string name)
    : document_(document), value_(value), pointer_(std::move(pointer)), name_(std::move(name)) {}

Result<> Setting::ReadMap(const Keys& keys) const {
  if (value_.is_null()) return {};
  TRY(Expect(value_.is_object(), "a map"));
  for (const auto& [key, value] : value_.items()) {
    const Setting setting = Child(key, value);
    const auto known = keys.find(key);
    if (known == keys.end()) return setting.UnknownKey(keys);
    if (!value.is_null()) TRY(known->second(setting));
  }
  return {};
}

Result<> Setting::ReadEach(
    const std::function<Result<>(const std::string&, const Setting&)>& read) const {
  TRY(Expect(value_.is_object(), "a map"));
  for (const auto& [key, value] : value_.items()) TRY(read(key, Child(key, value)));
  return {};
}

Result<> Setting::ReadItems(const std::function<Result<>(const Setting&)>& read) const {
  TRY(Expect(value_.is_array(), "a list"));
  for (std::size_t i = 0; i < value_.size(); ++i) TRY(read(Child(std::to_string(i), value_[i])));
  return {};
}

Result<> Setting::Read(bool& flag) const {
  TRY(Expect(value_.is_boolean(), "true or false"));
  flag = value_.get<bool>();
  return {};
}

Result<> Setting::Read(std::string& text) const {
  TRY(Expect(value_.is_string(), "a text"));
  text = value_.get<std::string>();
  return {};
}

Result<> Setting::Read(std::vector<std::string>& texts) const {
  texts.clear();
  return ReadItems([&](const Setting& item) -> Result<> {
    texts.emplace_back();
    return item.Read(texts.back());
  });
}

Result<> Setting::Read(std::optional<std::size_t>& number) const {
  TRY(Expect(value_.is_number_unsigned(), "a whole number"));
  number = value_.get<std::size_t>();
  return {};
}

Result<> Setting::Read(double& number) const {
  TRY(Expect(value_.is_number() && value_.get<double>() >= 0, "a number from 0"));
  number = value_.get<double>();
  return {};
}

Result<> Setting::Read(seconds& period) const {
  const auto read =
      value_.is_string() ? ParsePeriod(value_.get_ref<const std::string&>()) : std::nullopt;
  TRY(Expect(read.has_value(), "a period, such as 90d, 36h or 1h30m"));
  period = *read;
  return {};
}

Result<> Setting::Read(std::map<std::string, std::string, std::less<>>& texts) const {
  return ReadEach([&](const std::string& key, const Setting& value) -> Result<> {
    return value.Read(texts[key]);
  });
}

Result<> Setting::Read(OrderedJson& value) const {
  value = value_;
  return {};
}

Result<> Setting::Expect(bool condition, std::string_view wanted) const {
  if (condition) return {};
  return Invalid("is " + OneLine(Compact(value_), 60) + ": write " + std::string(wanted));
}

tl::unexpected<Error> Setting::Invalid(std::string_view what) const {
  return Fail(ErrorCode::kInvalid, "line " + std::to_string(document_.LineOf(pointer_)) + ": " +
                                       name_ + ' ' + std::string(what));
}

Setting Setting::Child(const std::string& key, const OrderedJson& value) const {
  std::string name = name_;
  if (value_.is_array())
    name += '[' + key + ']';
  else
    name += (name.empty() ? "" : ".") + key;
  return {document_, value, pointer_ + PointerStep(key), std::move(name)};
}

Result<> Setting::UnknownKey(const Keys& keys) const {
  std::vector<std::string> known;
  for (const auto& [key, read] : keys) known.push_back(key);
  const std::string key = name_.substr(name_.rfind('.') + 1);
  return Invalid("is not a key of the configuration" + DidYouMean(key, known));
}

// YAML 1.1 reads the word off as false.
bool Setting::Is(const std::string& word) const {
  return value_ == word || (value_ == false && word == "off");
}

}  // namespace railhook
