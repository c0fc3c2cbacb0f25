#pragma once
// JSON patches (RFC 6902), and how railhook makes them: small, and never touching what it need not.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace railhook {

// Where a value stands in a document: member names and list positions, not escaped.
using JsonPath = std::vector<std::string>;

// The JSON pointer (RFC 6901) of a path: {"metadata", "annotations", "a/b"} is
// "/metadata/annotations/a~1b".
std::string PointerOf(const JsonPath& path);

// What stands at a JSON pointer; null where nothing or JSON null does.
const nlohmann::json* FindAt(const nlohmann::json& document, std::string_view pointer);

struct PatchOperation {
  enum class Op { kAdd, kReplace, kRemove } op;
  std::string path;   // JSON pointer
  std::string value;  // JSON text; "" for kRemove
};

class Patch {
 public:
  void Append(PatchOperation operation) { operations_.push_back(std::move(operation)); }

  bool empty() const { return operations_.empty(); }
  const std::vector<PatchOperation>& operations() const { return operations_; }

  // The patch as it goes over the wire: a JSON list.
  std::string ToJson() const;

  // kInvalid where the patch does not apply to the document. Costs less than Apply, as most of the
  // document is neither copied nor looked at.
  Result<> TryOn(const nlohmann::json& document) const;

  // The document with the patch applied; kInvalid where it does not apply.
  Result<nlohmann::json> Apply(const nlohmann::json& document) const;
  Result<nlohmann::ordered_json> Apply(const nlohmann::ordered_json& document) const;

 private:
  std::vector<PatchOperation> operations_;
};

// Collects changes of one document and makes the smallest patch of them: a member that is there
// with the wanted value is left alone, parents that are missing are added together with what goes
// in them, and no map or list is ever replaced as a whole.
class PatchBuilder {
 public:
  // `document` must outlive the builder.
  explicit PatchBuilder(const nlohmann::json& document);
  ~PatchBuilder();

  // Sets the value at `path`. Members named by digits are list positions where the document has a
  // list there.
  void Set(const JsonPath& path, const nlohmann::json& value);
  // Adds to the end of the list at `path`.
  void Append(const JsonPath& path, const nlohmann::json& value);
  // Removes the member at `path`, where there is one.
  void Remove(const JsonPath& path);

  Patch Build() &&;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
