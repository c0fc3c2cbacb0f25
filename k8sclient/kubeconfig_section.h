#pragma once
// A mapping in a kubeconfig file, which knows where it stands. Include this only in .cc files (it
// brings the JSON library with it).

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace railhook {

// Values that are null count as not written. Errors are kInvalid and name file, line, section and
// field; the values of fields stay out of them, as many are secret.
class KubeconfigSection {
 public:
  // The whole of a file; an empty one has nothing in it.
  static Result<KubeconfigSection> Parse(const std::filesystem::path& file, std::string_view text);

  bool Has(std::string_view field) const;
  Result<std::string> Text(std::string_view field) const;  // "" where it isn't written
  Result<bool> Flag(std::string_view field) const;
  Result<std::string> Base64(std::string_view field) const;          // decoded
  Result<std::filesystem::path> Path(std::string_view field) const;  // from the file's directory
  Result<std::vector<std::string>> Texts(std::string_view field) const;
  Result<KubeconfigSection> Section(std::string_view field) const;  // an empty one for none
  Result<std::vector<KubeconfigSection>> List(std::string_view field) const;
  std::string Json(std::string_view field) const;  // "" where it isn't written

  // The same section under another name in errors.
  KubeconfigSection Named(std::string name) const;

  tl::unexpected<Error> Refuse(std::string_view field, std::string_view what) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  KubeconfigSection(std::filesystem::path file, std::shared_ptr<const YamlDocument> document);

  const OrderedJson* Find(std::string_view field) const;
  std::string NameOf(std::string_view field) const;
  KubeconfigSection Child(std::string_view step, const OrderedJson& value) const;

  std::filesystem::path file_;
  std::shared_ptr<const YamlDocument> document_;
  const OrderedJson* value_;  // of the document
  std::string pointer_;
  std::string name_;  // user "admin": exec
};

}  // namespace railhook
