// EmitYaml. (ParseYaml is in yaml.cc.)
#include <algorithm>
#include <string>
#include <string_view>

#include "base/quoted.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace railhook {
namespace {

// YAML gives a key 1024 characters unless a ? announces it.
constexpr size_t kLongestPlainKey = 1000;

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// Whether every line of it may stand outside of double quotes.
bool HasPrintableLines(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return IsPrintable(line);
}

// What some reader may take for a number, a time of day or a date: 1:30, 10.0.0.1, 1e3, 0x1f, 0o17,
// 2024-01-01.
bool LooksLikeNumber(std::string_view text) {
  if (!Contains("+-.0123456789", text.substr(0, 1))) return false;
  if (text.find_first_not_of("+-.0123456789_:,eEtTzZ ") == text.npos) return true;
  const auto sign = text[0] == '+' || text[0] == '-' ? 1u : 0u;
  return text.size() > sign + 1 && text[sign] == '0' &&
         Contains("xXoObB", text.substr(sign + 1, 1));
}

bool StartsLikeSyntax(std::string_view text) {
  if (text[0] == '-') return text.size() == 1 || text[1] == ' ' || text.starts_with("---");
  return Contains("?:,[]{}#&*!|>'\"%@`= ", text.substr(0, 1)) || text.starts_with("...");
}

// Whether text without quotes is a string, and this one, to every reader.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.ends_with(' ') || text.ends_with(':') || StartsLikeSyntax(text)) {
    return false;
  }
  if (text.find_first_of("\n\t") != text.npos || Contains(text, ": ") || Contains(text, " #")) {
    return false;
  }
  if (text == "<<" || LooksLikeNumber(text) || !ResolvePlainScalar(text).is_string()) return false;
  return IsPrintable(text);
}

// Whether a literal block shows it exactly: no line starts or ends in blanks, the first is not
// empty.
bool IsLiteral(std::string_view text) {
  if (!Contains(text, "\n") || text[0] == '\n' || text[0] == ' ' || text[0] == '\t') return false;
  if (Contains(text, " \n") || Contains(text, "\t\n") || Contains(text, "\n\t")) return false;
  return !text.ends_with(' ') && !text.ends_with('\t') && HasPrintableLines(text);
}

std::string Literal(std::string_view text, size_t indent) {
  std::string block = "|";
  if (!text.ends_with('\n')) {
    block += '-';
  } else if (text.ends_with("\n\n")) {
    block += '+';
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (bool more = true; more;) {
    const auto line = text.substr(0, text.find('\n'));
    block += '\n';
    if (!line.empty()) block += std::string(indent, ' ') + std::string(line);
    more = line.size() < text.size();
    text.remove_prefix(line.size() + (more ? 1 : 0));
  }
  return block;
}

// JSON in an annotation reads best in single quotes, where only they themselves are doubled.
bool IsBestInSingleQuotes(std::string_view text) {
  return Contains(text, "\"") && IsPrintable(text);
}

std::string SingleQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + '\'';
}

std::string Quoted(std::string_view text) {
  return IsBestInSingleQuotes(text) ? SingleQuoted(text) : DoubleQuoted(text);
}

// YAML 1.1 wants a point in it.
std::string FloatText(const OrderedJson& value) {
  auto text = Compact(value);
  const auto exponent = text.find('e');
  if (exponent != text.npos && !Contains(text, ".")) text.insert(exponent, ".0");
  return text;
}

std::string ScalarText(const OrderedJson& value, size_t indent) {
  if (value.is_number_float()) return FloatText(value);
  if (!value.is_string()) return Compact(value);  // also {} and []
  const auto& text = value.get_ref<const std::string&>();
  if (IsPlain(text)) return text;
  return IsLiteral(text) ? Literal(text, indent) : Quoted(text);
}

class Emitter {
 public:
  // Writes the value where the cursor stands, in column `indent` of a fresh line or behind a "- ".
  void Emit(const OrderedJson& value, size_t indent) {
    if (value.is_object() && !value.empty()) {
      EmitMap(value, indent);
    } else if (value.is_array() && !value.empty()) {
      EmitSequence(value, indent);
    } else {
      out_ += ScalarText(value, indent);
      out_ += '\n';
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void EmitSequence(const OrderedJson& sequence, size_t indent) {
    bool first = true;
    for (const auto& item : sequence) {
      if (!std::exchange(first, false)) out_.append(indent, ' ');
      out_ += "- ";
      Emit(item, indent + 2);
    }
  }

  void EmitMap(const OrderedJson& map, size_t indent) {
    bool first = true;
    for (const auto& [key, value] : map.items()) {
      if (!std::exchange(first, false)) out_.append(indent, ' ');
      EmitMember(IsPlain(key) ? key : Quoted(key), value, indent);
    }
  }

  void EmitMember(const std::string& key, const OrderedJson& value, size_t indent) {
    if (key.size() > kLongestPlainKey) {
      out_ += "? " + key + '\n' + std::string(indent, ' ') + ": ";
      return Emit(value, indent + 2);
    }
    out_ += key + ':';
    if (!value.is_structured() || value.empty()) {
      out_ += ' ';
      return Emit(value, indent + 2);
    }
    // As kubectl prints it: a sequence stands under its key.
    const size_t inner = value.is_array() ? indent : indent + 2;
    out_ += '\n' + std::string(inner, ' ');
    Emit(value, inner);
  }

  std::string out_;
};

}  // namespace

std::string EmitYaml(const OrderedJson& value) {
  // A scalar by itself as if it stood in a mapping, so that a literal block has an indentation.
  Emitter emitter;
  emitter.Emit(value, value.is_structured() ? 0 : 2);
  return emitter.Take();
}

}  // namespace railhook
