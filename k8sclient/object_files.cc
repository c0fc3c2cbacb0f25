#include "k8sclient/object_files.h"

#include <algorithm>
#include <system_error>

#include "base/files.h"

namespace railhook {
namespace fs = std::filesystem;

std::string ObjectFile::Place(const YamlDocument& document, std::string_view pointer) const {
  return path + ':' + std::to_string(document.LineOf(pointer));
}

Result<std::vector<fs::path>> ListObjectFiles(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Fail(ErrorCode::kNotFound, path.string() + ": no such file or directory");
  }
  std::vector<fs::path> files;
  if (!fs::is_directory(path, error)) return std::vector{path};
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto extension = entry->path().extension();
    std::error_code ignored;
    if ((extension == ".yaml" || extension == ".yml" || extension == ".json") &&
        !entry->is_directory(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (error) return Fail(ErrorCode::kUnavailable, path.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<ObjectFile> ReadObjectFile(const fs::path& file) {
  const std::string text = TRY(ReadFile(file));
  auto documents = ParseYaml(text);
  if (!documents) return Fail(file.string(), documents.error());
  return ObjectFile{file.string(), *std::move(documents)};
}

Result<std::vector<ObjectFile>> ReadObjectFiles(const fs::path& path) {
  std::vector<ObjectFile> files;
  for (const fs::path& file : TRY(ListObjectFiles(path)))
    files.push_back(TRY(ReadObjectFile(file)));
  return files;
}

void ForEachObject(const OrderedJson& document,
                   const std::function<void(const OrderedJson&, const std::string&)>& use) {
  const auto kind = document.is_object() ? document.find("kind") : document.end();
  const auto items = document.is_object() ? document.find("items") : document.end();
  const bool list = kind != document.end() && kind->is_string() && items != document.end() &&
                    items->is_array() && kind->get_ref<const std::string&>().ends_with("List");
  if (!list) return use(document, "");
  for (std::size_t i = 0; i < items->size(); ++i) use((*items)[i], "/items/" + std::to_string(i));
}

}  // namespace railhook
