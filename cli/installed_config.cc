#include "cli/installed_config.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr std::string_view kConfigKey = "config.yaml";

struct ServiceName {
  std::string name_space;
  std::string name;
};

Result<ServiceName> FindService(const KubeClient& client) {
  const auto found = client.Get(kMutatingWebhookConfigurations, "", kRegistration);
  if (!found && found.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound, "there is no MutatingWebhookConfiguration \"railhook\"");
  const Json object = TRY(found);
  const auto& webhooks = ItemsOf(&object, "webhooks");
  const Json* service =
      webhooks.empty() ? nullptr : Member(Member(&webhooks.front(), "clientConfig"), "service");
  ServiceName name{TextMember(service, "namespace"), TextMember(service, "name")};
  if (!name.name.empty()) return name;
  return Fail(ErrorCode::kInvalid,
              "the MutatingWebhookConfiguration \"railhook\" calls no Service");
}

Result<Config> ReadConfigMap(const KubeClient& client, const ServiceName& name) {
  const std::string id = "ConfigMap " + name.name_space + '/' + name.name;
  const auto found = client.Get(kConfigMaps, name.name_space, name.name);
  if (!found && found.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound, "there is no " + id);
  const Json map = TRY(found);
  const Json* text = Member(Member(&map, "data"), kConfigKey);
  if (text == nullptr || !text->is_string())
    return Fail(ErrorCode::kInvalid, id + " has no " + std::string(kConfigKey));
  auto config = ParseConfig(text->get_ref<const std::string&>());
  if (!config) return Fail(id, config.error());
  return std::move(*config);
}

}  // namespace

InstalledConfig ReadInstalledConfig(const KubeClient& client) {
  const auto defaults = [](const Error& why) {
    return "the default configuration is used: " + why.message;
  };
  InstalledConfig installed;
  const auto service = FindService(client);
  if (!service) {
    installed.note = defaults(service.error());
    return installed;
  }
  auto config = ReadConfigMap(client, *service);
  if (config)
    installed.config = std::move(*config);
  else
    installed.note = defaults(config.error());
  installed.config.inject.own_namespace = service->name_space;
  return installed;
}

}  // namespace railhook
