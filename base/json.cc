#include "base/json.h"

#include <algorithm>
#include <array>

namespace railhook {
namespace {

std::string Located(std::string_view text, size_t offset, std::string_view what) {
  const auto before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = offset - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
         std::string(what);
}

// Etcd keeps no more in one object. The library's buffer for a text grows to its double.
constexpr size_t kMaxText = 2 << 20;

// What a byte is outside of texts.
enum Mark : unsigned char { kPlain, kQuote, kComma, kOpening, kClosing };

constexpr std::array<Mark, 256> kMarks = [] {
  std::array<Mark, 256> marks{};
  marks['"'] = kQuote;
  marks[','] = kComma;
  marks['{'] = marks['['] = kOpening;
  marks['}'] = marks[']'] = kClosing;
  return marks;
}();

Mark MarkOf(char c) { return kMarks[static_cast<unsigned char>(c)]; }

// Behind the text that begins at `quote`; the end of all where it has none.
size_t BehindText(std::string_view json, size_t quote) {
  size_t at = quote + 1;
  size_t end = json.find('"', at);
  while (end != json.npos) {
    const size_t escape = json.substr(at, end - at).find('\\');
    if (escape == json.npos) return end + 1;
    at += escape + 2;
    if (at > end) end = json.find('"', at);
  }
  return json.size();
}

// Looks at brackets, commas and quotes before anything is built.
Result<> CheckSize(std::string_view text, size_t most_values) {
  int depth = 0;
  size_t values = 1;  // at most: an empty list counts for two
  const auto refuse = [&](size_t at, const std::string& why) {
    return Fail(ErrorCode::kInvalid, Located(text, at, why));
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const Mark mark = MarkOf(text[i]);
    if (mark == kPlain) continue;
    if (mark == kQuote) {
      const size_t behind = BehindText(text, i);
      if (behind - i > kMaxText + 2) return refuse(i, "text of more than 2 MiB");
      i = behind - 1;
      continue;
    }
    if (mark == kOpening && ++depth > kMaxJsonDepth) return refuse(i, "nested too deep");
    if (mark == kClosing)
      --depth;
    else if (++values > most_values)
      return refuse(i, "more than " + std::to_string(most_values) + " values");
  }
  return {};
}

// The JSON library's message without its id, its idea of the place, and what it read: that may be
// long or secret.
std::string Plain(std::string_view what) {
  if (const auto dash = what.find(" - "); dash != what.npos) what.remove_prefix(dash + 3);
  const auto read = what.find("; last read: ");
  if (read == what.npos) return std::string(what);
  const auto expected = what.rfind("'; expected ");
  const bool cut = expected == what.npos || expected < read;
  return std::string(what.substr(0, read)) + (cut ? "" : std::string(what.substr(expected + 1)));
}

// Keeps nothing but the first error.
struct ErrorFinder : nlohmann::json_sax<Json> {
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(Json::number_integer_t) override { return true; }
  bool number_unsigned(Json::number_unsigned_t) override { return true; }
  bool number_float(Json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_object(size_t) override { return true; }
  bool key(std::string&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    offset = position == 0 ? 0 : position - 1;
    constexpr int kNumberOverflow = 406;
    what = error.id == kNumberOverflow ? "number too large" : Plain(error.what());
    return false;
  }

  size_t offset = 0;
  std::string what;
};

std::string DescribeError(std::string_view text) {
  ErrorFinder finder;
  Json::sax_parse(text, &finder);
  return Located(text, std::min(finder.offset, text.size()), finder.what);
}

template <typename J>
Result<J> Parse(std::string_view text, size_t most_values,
                const typename J::parser_callback_t& keep = nullptr) {
  TRY(CheckSize(text, most_values));
  // The JSON library would take a NUL for the end of the text.
  if (const auto nul = text.find('\0'); nul != text.npos) {
    return Fail(ErrorCode::kInvalid, Located(text, nul, "NUL byte"));
  }
  auto value = J::parse(text, keep, /*allow_exceptions=*/false);
  if (value.is_discarded()) return Fail(ErrorCode::kInvalid, DescribeError(text));
  return value;
}

template <typename J>
std::string Dump(const J& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, J::error_handler_t::replace);
}

}  // namespace

Result<Json> ParseJson(std::string_view text, size_t most_values) {
  return Parse<Json>(text, most_values);
}

Result<OrderedJson> ParseOrderedJson(std::string_view text) {
  return Parse<OrderedJson>(text, kAnyNumber);
}

Result<Json> ParseJsonList(std::string_view text, std::string_view list,
                           const std::function<void(Json&&)>& use) {
  using Event = Json::parse_event_t;
  bool is_named = false;
  bool in_list = false;
  return Parse<Json>(text, kAnyNumber, [&](int depth, Event event, Json& value) {
    if (depth == 1 && event == Event::key) is_named = value == list;
    if (depth == 1) in_list = is_named && event == Event::array_start;
    const bool is_item = event == Event::object_end && depth == 2 && in_list;
    if (is_item) use(std::move(value));
    return !is_item;
  });
}

size_t MostBytesOfJson(std::string_view text) {
  // Of a member without its text: a node of the map with the key, and a string, each with what the
  // allocator adds.
  constexpr size_t kBytesOfValue = 192;
  constexpr size_t kBytesOfByte = 40;  // of "{}," in a list that grows
  size_t values = 1;
  for (const char c : text) {  // texts included
    const Mark mark = MarkOf(c);
    values += mark == kComma || mark == kOpening ? 1 : 0;
  }
  const size_t by_values = kBytesOfValue * std::min(values, kMaxJsonValues) + text.size();
  const size_t on_the_way = 3 * std::min(text.size(), kMaxText);
  return std::min(by_values, kBytesOfByte * text.size()) + on_the_way;
}

std::string Compact(const Json& value) { return Dump(value); }
std::string Compact(const OrderedJson& value) { return Dump(value); }

}  // namespace railhook
