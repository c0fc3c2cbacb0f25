#include "k8sclient/list_each.h"

#include <string>

#include "base/json.h"

namespace railhook {
namespace {

// "spidermultusconfigs.spiderpool.spidernet.io", as kubectl and roles call it.
std::string NameOf(const ResourceType& type) {
  std::string name(type.plural);
  if (!type.group.empty()) name.append(1, '.').append(type.group);
  return name;
}

tl::unexpected<Error> CantList(const Selection& selection, const Error& error) {
  const std::string name = NameOf(selection.type);
  if (error.code != ErrorCode::kUnauthorized) return Fail("listing " + name, error);
  const std::string where =
      selection.name_space.empty() ? "in all namespaces" : "in namespace " + selection.name_space;
  return Fail(error.code, "can't list " + name + ": the verb list on it, " + where +
                              ", is what this user or service account needs (" + error.message +
                              ")");
}

}  // namespace

Result<> ListEach(const KubeClient& client, const Selection& selection,
                  const std::function<void(const Json&)>& use) {
  std::string next;
  do {
    const auto page = client.List(selection, next, kPageSize, use);
    if (!page) return CantList(selection, page.error());
    next = page->next;
  } while (!next.empty());
  return {};
}

}  // namespace railhook
