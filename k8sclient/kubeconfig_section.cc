#include "k8sclient/kubeconfig_section.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "tls/base64.h"

namespace railhook {
namespace {

const OrderedJson kNothing = OrderedJson::object();

std::string WithoutBlanks(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  return text;
}

}  // namespace

KubeconfigSection::KubeconfigSection(std::filesystem::path file,
                                     std::shared_ptr<const YamlDocument> document)
    : file_(std::move(file)), document_(std::move(document)), value_(&document_->value) {}

Result<KubeconfigSection> KubeconfigSection::Parse(const std::filesystem::path& file,
                                                   std::string_view text) {
  auto documents = ParseYaml(text);
  if (!documents) return Fail(file.string(), documents.error());
  if (documents->empty()) documents->push_back({kNothing, {}});
  auto document = std::make_shared<const YamlDocument>(std::move(documents->front()));
  KubeconfigSection whole(file, std::move(document));
  if (documents->size() > 1) {
    return whole.Refuse("", "there are " + Count(documents->size(), "YAML document") +
                                ": leave one, or name several files in KUBECONFIG");
  }
  if (!whole.value_->is_object()) {
    return whole.Refuse("", "it is no kubeconfig: write a map with clusters, users and contexts");
  }
  return whole;
}

const OrderedJson* KubeconfigSection::Find(std::string_view field) const {
  const auto found = value_->find(std::string(field));
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool KubeconfigSection::Has(std::string_view field) const { return Find(field) != nullptr; }

Result<std::string> KubeconfigSection::Text(std::string_view field) const {
  const auto* value = Find(field);
  if (!value) return std::string();
  if (!value->is_string()) return Refuse(field, "it is no text: write it in quotes");
  return value->get<std::string>();
}

Result<bool> KubeconfigSection::Flag(std::string_view field) const {
  const auto* value = Find(field);
  if (!value) return false;
  if (!value->is_boolean()) return Refuse(field, "write true or false");
  return value->get<bool>();
}

Result<std::string> KubeconfigSection::Base64(std::string_view field) const {
  auto decoded = DecodeBase64(WithoutBlanks(TRY(Text(field))));
  if (!decoded) {
    return Refuse(field,
                  "it is not base64: write the output of \"base64 -w0 FILE\", or the file's "
                  "name as " +
                      std::string(field.substr(0, field.rfind("-data"))));
  }
  return decoded;
}

Result<std::filesystem::path> KubeconfigSection::Path(std::string_view field) const {
  const auto text = TRY(Text(field));
  return text.empty() ? std::filesystem::path() : file_.parent_path() / text;
}

Result<std::vector<std::string>> KubeconfigSection::Texts(std::string_view field) const {
  std::vector<std::string> texts;
  const auto* value = Find(field);
  if (!value) return texts;
  if (!value->is_array()) return Refuse(field, "write a list of texts");
  for (const auto& item : *value) {
    if (!item.is_string()) return Refuse(field, "write a list of texts, numbers in quotes");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<KubeconfigSection> KubeconfigSection::Section(std::string_view field) const {
  const auto* value = Find(field);
  if (value && !value->is_object()) return Refuse(field, "write a map");
  return Child(field, value ? *value : kNothing).Named(NameOf(field));
}

Result<std::vector<KubeconfigSection>> KubeconfigSection::List(std::string_view field) const {
  std::vector<KubeconfigSection> items;
  const auto* value = Find(field);
  if (!value) return items;
  if (!value->is_array()) return Refuse(field, "write a list of maps");
  const auto list = Child(field, *value).Named(NameOf(field));
  for (std::size_t i = 0; i < value->size(); ++i) {
    if (!(*value)[i].is_object()) return Refuse(field, "write a list of maps");
    items.push_back(list.Child(std::to_string(i), (*value)[i]));
  }
  return items;
}

std::string KubeconfigSection::NameOf(std::string_view field) const {
  return (name_.empty() ? "" : name_ + ": ") + std::string(field);
}

std::string KubeconfigSection::Json(std::string_view field) const {
  const auto* value = Find(field);
  return value ? Compact(*value) : "";
}

KubeconfigSection KubeconfigSection::Named(std::string name) const {
  auto same = *this;
  same.name_ = std::move(name);
  return same;
}

KubeconfigSection KubeconfigSection::Child(std::string_view step, const OrderedJson& value) const {
  auto child = *this;
  child.value_ = &value;
  child.pointer_ += PointerStep(step);
  return child;
}

tl::unexpected<Error> KubeconfigSection::Refuse(std::string_view field,
                                                std::string_view what) const {
  const auto line = document_->LineOf(field.empty() ? pointer_ : pointer_ + PointerStep(field));
  std::string text = file_.string() + ": line " + std::to_string(line) + ": ";
  for (const std::string_view part : {std::string_view(name_), field}) {
    if (!part.empty()) text.append(part).append(": ");
  }
  return Fail(ErrorCode::kInvalid, text.append(what));
}

}  // namespace railhook
