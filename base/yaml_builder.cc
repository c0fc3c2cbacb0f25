#include "base/yaml_builder.h"

#include <algorithm>
#include <cmath>

#include "base/quoted.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml_scalar.h"

namespace railhook {
namespace {

constexpr size_t kMaxValues = 1'000'000;
constexpr size_t kMaxBytes = 64 << 20;
constexpr size_t kMaxLineBytes = 64 << 20;
constexpr std::string_view kStandardTag = "tag:yaml.org,2002:";

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

// As it may stand in an error: not longer than people read.
std::string QuotedBriefly(std::string_view text) {
  constexpr size_t kLongest = 60;
  const std::string shown(text.substr(0, kLongest));
  return DoubleQuoted(text.size() > kLongest ? shown + "..." : shown);
}

// The tag as people write it.
std::string ShortTag(const std::string& tag) {
  return tag.starts_with(kStandardTag) ? "!!" + tag.substr(kStandardTag.size()) : tag;
}

void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
  throw YamlRefusal(mark, "unknown tag " + QuotedBriefly(ShortTag(tag)));
}

bool Fits(const std::string& tag, const OrderedJson& value) {
  if (tag == "!!null") return value.is_null();
  if (tag == "!!bool") return value.is_boolean();
  if (tag == "!!int") return value.is_number_integer();
  return value.is_number();
}

OrderedJson ResolveTagged(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == "!!str" || tag == "!!timestamp") return text;
  if (tag != "!!null" && tag != "!!bool" && tag != "!!int" && tag != "!!float")
    RefuseTag(mark, tag);
  auto value = ResolvePlainScalar(text);
  if (!Fits(tag, value)) throw YamlRefusal(mark, QuotedBriefly(text) + " is no " + tag);
  if (tag == "!!float") return value.get<double>();
  return value;
}

// Plain scalars come with the tag "?", quoted ones with "!".
OrderedJson ResolveScalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == "!") return text;
  auto value = tag == "?" ? ResolvePlainScalar(text) : ResolveTagged(mark, ShortTag(tag), text);
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw YamlRefusal(mark, QuotedBriefly(text) + " has no place in JSON");
  }
  return value;
}

// The parser makes a byte of the escapes \N and \_, not a character.
std::string MendEscapes(const std::string& text) {
  if (FindInvalidUtf8(text) == text.npos) return text;
  std::string mended;
  for (size_t at = 0, start = 0; at < text.size(); start = at) {
    if (!NextCodePoint(text, at)) {
      mended += '\xC2';
      ++at;
    }
    mended.append(text, start, at - start);
  }
  return mended;
}

OrderedJson MakeObject(std::vector<std::pair<std::string, OrderedJson>> members) {
  OrderedJson::object_t object;
  object.reserve(members.size());  // growing would copy every member
  for (auto& [key, value] : members) object.emplace_back(std::move(key), std::move(value));
  return object;
}

}  // namespace

std::optional<YamlDocument> YamlBuilder::TakeDocument() {
  if (document_.value.is_null()) return std::nullopt;
  return std::move(document_);
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  // The parser would begin another document behind anything that is complete: [1] [2].
  if (any_document_ && !text_.substr(static_cast<size_t>(mark.pos)).starts_with("---")) {
    throw YamlRefusal(mark, "text after the end of the document (another one needs ---)");
  }
  any_document_ = true;
  document_ = {};
  path_.clear();
  line_bytes_ = 0;
  open_.clear();
  anchors_.clear();
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Charge(mark, 1, 0);
  if (ExpectsKey()) return TakeKey(mark, nullptr, /*merges=*/false);
  EnterValue(mark);
  Add(mark, anchor, {});
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Charge(mark, 1, value.size());
  Built built{.value = ResolveScalar(mark, tag, MendEscapes(value)), .bytes = value.size()};
  if (!ExpectsKey()) {
    EnterValue(mark);
    return Add(mark, anchor, std::move(built));
  }
  TakeKey(mark, built.value, /*merges=*/tag == "?" && value == "<<");
  if (anchor != YAML::NullAnchor) anchors_[anchor] = std::move(built);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw YamlRefusal(mark, "an alias inside of its own anchor");
  const Built& built = found->second;
  Charge(mark, built.values, built.bytes);
  if (static_cast<int>(open_.size()) + built.height > kMaxJsonDepth) {
    throw YamlRefusal(mark, "nested too deep");
  }
  if (ExpectsKey()) return TakeKey(mark, built.value, /*merges=*/false);
  EnterValue(mark);
  Add(mark, YAML::NullAnchor, built);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  EnterCollection(mark, tag, anchor, /*is_map=*/false);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  EnterCollection(mark, tag, anchor, /*is_map=*/true);
}

void YamlBuilder::OnSequenceEnd() { LeaveCollection(std::move(open_.back().items)); }

void YamlBuilder::OnMapEnd() {
  AddMerged(open_.back());
  LeaveCollection(MakeObject(std::move(open_.back().members)));
}

bool YamlBuilder::ExpectsKey() const {
  return !open_.empty() && open_.back().is_map && !open_.back().key;
}

void YamlBuilder::TakeKey(const YAML::Mark& mark, const OrderedJson& value, bool merges) {
  if (value.is_structured()) throw YamlRefusal(mark, "a key is no scalar");
  // No refusal: the parser loses keys of over 1,000 characters, which JSON may have.
  if (value.is_null()) throw YAML::ParserException(mark, "a key is null");
  const auto name = value.is_string() ? value.get<std::string>() : Compact(value);
  const auto [known, is_new] = open_.back().key_lines.try_emplace(name, LineOf(mark));
  if (!is_new) {
    throw YamlRefusal(
        mark, "key " + QuotedBriefly(name) + " was given on line " + std::to_string(known->second));
  }
  path_ += PointerStep(name);
  open_.back().key = Key{name, LineOf(mark), merges};
}

void YamlBuilder::EnterValue(const YAML::Mark& mark) {
  if (open_.empty()) return RecordLine(LineOf(mark));
  const Open& parent = open_.back();
  if (parent.is_map) return RecordLine(parent.key->line);
  path_ += '/';
  path_ += std::to_string(parent.items.size());
  RecordLine(LineOf(mark));
}

void YamlBuilder::EnterCollection(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, bool is_map) {
  Charge(mark, 1, 0);
  if (tag != "?" && tag != "!" && ShortTag(tag) != (is_map ? "!!map" : "!!seq")) {
    RefuseTag(mark, tag);
  }
  if (static_cast<int>(open_.size()) >= kMaxJsonDepth) throw YamlRefusal(mark, "nested too deep");
  if (!ExpectsKey()) EnterValue(mark);  // a key is refused at its end: more likely it never ends
  open_.push_back({.is_map = is_map,
                   .mark = mark,
                   .anchor = anchor,
                   .path_size = path_.size(),
                   .cost = {.height = 1}});
}

void YamlBuilder::LeaveCollection(OrderedJson value) {
  const Open& done = open_.back();
  Built built = done.cost;
  const auto mark = done.mark;
  const auto anchor = done.anchor;
  built.value = std::move(value);
  open_.pop_back();
  if (ExpectsKey()) return TakeKey(mark, built.value, /*merges=*/false);
  Add(mark, anchor, std::move(built));
}

void YamlBuilder::Add(const YAML::Mark& mark, YAML::anchor_t anchor, Built built) {
  if (anchor != YAML::NullAnchor) {
    Charge(mark, built.values, built.bytes);
    anchors_[anchor] = built;
  }
  if (open_.empty()) {
    document_.value = std::move(built.value);
  } else {
    AddToParent(std::move(built));
  }
}

void YamlBuilder::AddToParent(Built built) {
  Open& parent = open_.back();
  parent.cost.values += built.values;
  parent.cost.bytes += built.bytes;
  parent.cost.height = std::max(parent.cost.height, built.height + 1);
  path_.resize(parent.path_size);
  if (!parent.is_map) {
    parent.items.push_back(std::move(built.value));
    return;
  }
  const Key key = *std::move(parent.key);
  parent.key.reset();
  parent.cost.bytes += key.name.size();
  if (key.merges) {
    parent.merged = std::move(built.value);
  } else {
    parent.members.emplace_back(key.name, std::move(built.value));
  }
}

void YamlBuilder::AddMerged(Open& open) {
  if (!open.merged) return;
  auto merged = *std::move(open.merged);
  const int line = open.key_lines.extract("<<").mapped();
  if (!merged.is_array()) return AddMergedMap(open, std::move(merged), line);
  for (auto& map : merged) AddMergedMap(open, std::move(map), line);
}

void YamlBuilder::AddMergedMap(Open& open, OrderedJson map, int line) {
  if (!map.is_object()) {
    YAML::Mark mark = open.mark;
    mark.line = line - 1;
    throw YamlRefusal(mark, "<< must be given a mapping or a list of mappings");
  }
  for (auto& [key, value] : map.get_ref<OrderedJson::object_t&>()) {
    if (!open.key_lines.try_emplace(key, line).second) continue;
    path_ += PointerStep(key);
    RecordLine(line);
    path_.resize(open.path_size);
    open.members.emplace_back(key, std::move(value));
  }
}

void YamlBuilder::Charge(const YAML::Mark& mark, size_t values, size_t bytes) {
  values_ += values;
  bytes_ += bytes;
  if (values_ > kMaxValues) {
    throw YamlRefusal(mark, "too large: over " + std::to_string(kMaxValues) + " values");
  }
  if (bytes_ > kMaxBytes) {
    throw YamlRefusal(mark, "too large: over " + std::to_string(kMaxBytes) + " bytes of text");
  }
}

// Beyond the bound, what has no line of its own gets its parent's.
void YamlBuilder::RecordLine(int line) {
  line_bytes_ += path_.size();
  if (line_bytes_ <= kMaxLineBytes) document_.lines.emplace(path_, line);
}

}  // namespace railhook
