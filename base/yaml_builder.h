#pragma once
// Makes JSON values of the YAML parser's events. Include this only in .cc files.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"

namespace railhook {

// How the builder stops the parser: thrown through it, caught by ParseYaml.
struct YamlRefusal : YAML::ParserException {
  using YAML::ParserException::ParserException;
};

// One builder serves all documents of a file, one after the other. What the file may expand to is
// bounded by a number of values and of bytes, since an alias costs two bytes and may stand for
// anything. Its methods throw YamlRefusal.
class YamlBuilder : public YAML::EventHandler {
 public:
  // `text` is what the parser reads; it must outlive the builder.
  explicit YamlBuilder(std::string_view text) : text_(text) {}

  // The document whose end was just seen; nullopt if it holds nothing or null.
  std::optional<YamlDocument> TakeDocument();

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A value and what it costs to copy it.
  struct Built {
    OrderedJson value = nullptr;
    size_t values = 1;
    size_t bytes = 0;
    int height = 0;
  };
  using Member = std::pair<std::string, OrderedJson>;
  struct Key {
    std::string name;
    int line;
    bool merges;  // the plain key <<
  };
  // A sequence or mapping whose end was not seen yet.
  struct Open {
    bool is_map;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    size_t path_size;
    Built cost;                       // of what is in it so far, without a value
    OrderedJson::array_t items = {};  // of a sequence
    std::vector<Member> members = {};
    std::unordered_map<std::string, int> key_lines = {};
    std::optional<Key> key = {};             // whose value comes next
    std::optional<OrderedJson> merged = {};  // what << brought
  };

  bool ExpectsKey() const;
  void TakeKey(const YAML::Mark& mark, const OrderedJson& value, bool merges);
  void EnterValue(const YAML::Mark& mark);
  void EnterCollection(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       bool is_map);
  void LeaveCollection(OrderedJson value);
  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, Built built);
  void AddToParent(Built built);
  void AddMerged(Open& open);
  void AddMergedMap(Open& open, OrderedJson map, int line);
  void Charge(const YAML::Mark& mark, size_t values, size_t bytes);
  void RecordLine(int line);

  const std::string_view text_;
  bool any_document_ = false;
  size_t values_ = 0;  // of all documents, with every alias expanded
  size_t bytes_ = 0;

  // Of the current document.
  YamlDocument document_;
  std::string path_;  // JSON pointer of what is being read
  size_t line_bytes_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Built> anchors_;
};

}  // namespace railhook
