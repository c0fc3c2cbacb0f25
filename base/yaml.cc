#include "base/yaml.h"

#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/utf8.h"
#include "base/yaml_builder.h"

namespace railhook {
namespace {

tl::unexpected<Error> FailAtLine(std::ptrdiff_t line, std::string_view what) {
  return Fail(ErrorCode::kInvalid, "line " + std::to_string(line) + ": " + std::string(what));
}

std::ptrdiff_t LineAt(std::string_view text, size_t offset) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
}

// A line ends in \n, \r\n or \r; the parser gets on best with \n. A byte order mark goes.
std::string NormalizeLines(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string lines;
  lines.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_return = text[i] == '\r';
    lines += is_return ? '\n' : text[i];
    if (is_return && text.substr(i + 1).starts_with('\n')) ++i;
  }
  return lines;
}

// The parser would cut a text at some control characters and let others through.
Result<> CheckCharacters(std::string_view text) {
  if (const auto bad = FindInvalidUtf8(text); bad != text.npos) {
    return FailAtLine(LineAt(text, bad), "not UTF-8");
  }
  const auto is_control = [](char c) { return c >= 0 && c < ' ' && c != '\n' && c != '\t'; };
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  if (control == text.end()) return {};
  return FailAtLine(LineAt(text, static_cast<size_t>(control - text.begin())),
                    "control character " + std::to_string(*control));
}

// Throws what the parser and the builder throw.
std::vector<YamlDocument> ParseOrThrow(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  YamlBuilder builder(text);
  std::vector<YamlDocument> documents;
  while (parser.HandleNextDocument(builder)) {
    if (auto document = builder.TakeDocument()) documents.push_back(*std::move(document));
  }
  return documents;
}

// The few JSON texts that the YAML parser cannot read have no lines: surrogate pairs
// ("\ud83d\ude00"), keys over 1,000 characters.
Result<std::vector<YamlDocument>> ParseAsJson(const std::string& text, const YAML::Exception& why) {
  auto value = ParseOrderedJson(text);
  if (!value) return FailAtLine(why.mark.line + 1, why.msg);
  YamlDocument document{std::move(value).Take(), {{"", 1}}};
  std::vector<YamlDocument> documents;
  documents.push_back(std::move(document));
  return documents;
}

// What the parser says, which doesn't name tabs.
std::string WordsOf(const YAML::Exception& error, const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= error.mark.line; ++i) std::getline(lines, line);
  const auto blanks = line.substr(0, line.find_first_not_of(" \t"));
  const bool tab = blanks.find('\t') != std::string::npos;
  return error.msg + (tab ? " (there is a tab: YAML is indented by spaces alone)" : "");
}

bool LooksLikeJson(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace

int YamlDocument::LineOf(std::string_view pointer) const {
  while (true) {
    if (const auto found = lines.find(pointer); found != lines.end()) return found->second;
    if (pointer.empty()) return 1;
    pointer = pointer.substr(0, pointer.rfind('/') == pointer.npos ? 0 : pointer.rfind('/'));
  }
}

Result<std::vector<YamlDocument>> ParseYaml(std::string_view text) {
  const auto lines = NormalizeLines(text);
  TRY(CheckCharacters(lines));
  try {
    return ParseOrThrow(lines);
  } catch (const YamlRefusal& refusal) {
    return FailAtLine(refusal.mark.line + 1, refusal.msg);
  } catch (const YAML::Exception& error) {
    if (LooksLikeJson(lines)) return ParseAsJson(lines, error);
    return FailAtLine(error.mark.line + 1, WordsOf(error, lines));
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInvalid, std::string("not readable as YAML: ") + error.what());
  }
}

}  // namespace railhook
