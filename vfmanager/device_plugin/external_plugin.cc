#include "vfmanager/device_plugin/external_plugin.h"

#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/json.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "vfmanager/device_plugin/external_config.h"

namespace railhook {
namespace {

constexpr mode_t kEverybodyReads = 0644;

// Is there from before the configuration changes until the plugin's pods have been deleted.
std::filesystem::path OwedRestart(const HostPaths& paths) {
  return paths.state / "device-plugin.restart";
}

ExternalPluginOptions WithFile(ExternalPluginOptions options, const HostPaths& paths) {
  if (options.file.empty()) options.file = paths.state / "device-plugin.json";
  return options;
}

bool IsLeaving(const Json& pod) {
  return Member(Member(&pod, "metadata"), "deletionTimestamp") != nullptr;
}

}  // namespace

ExternalPlugin::ExternalPlugin(HostPaths paths, std::string node, std::string prefix,
                               ExternalPluginOptions options)
    : paths_(std::move(paths)),
      node_(std::move(node)),
      prefix_(std::move(prefix)),
      options_(WithFile(std::move(options), paths_)) {}

Result<std::vector<std::string>> ExternalPlugin::Update(const KubeClient& client,
                                                        const VfOffer& offer) const {
  if (offer.withheld) return {};
  const auto resources = DevicesOf(offer, prefix_);
  if (const auto why = WhyUnready(resources); !why.empty())
    return Fail(ErrorCode::kUnavailable, why + "; " + options_.file.string() + " stays as it is");
  TRY(Write(ExternalConfig(prefix_, resources)));
  std::error_code none;
  if (!std::filesystem::exists(OwedRestart(paths_), none)) return {};
  return Restart(client);
}

Result<> ExternalPlugin::Write(const std::string& text) const {
  const auto before = ReadFile(options_.file);
  if (before && *before == text) return {};
  TRY(ReplaceFile(OwedRestart(paths_), "", kEverybodyReads));
  return ReplaceFile(options_.file, text, kEverybodyReads);
}

Result<std::vector<std::string>> ExternalPlugin::Restart(const KubeClient& client) const {
  Selection selection = Selection::AllMetadata(kPods);
  selection.name_space = options_.name_space;
  selection.label_selector = options_.labels;
  selection.field_selector = "spec.nodeName=" + node_;
  std::vector<Json> pods;
  TRY(ListEach(client, selection, [&](const Json& pod) {
    if (!IsLeaving(pod)) pods.push_back(pod);
  }));
  std::vector<std::string> deleted;
  for (const Json& pod : pods) {
    const auto done = client.DeleteUnchanged(kPods, options_.name_space, pod);
    if (!done && done.error().code != ErrorCode::kNotFound) return tl::unexpected(done.error());
    deleted.push_back(TextMember(Member(&pod, "metadata"), "name"));
  }
  std::error_code none;
  std::filesystem::remove(OwedRestart(paths_), none);
  return deleted;
}

}  // namespace railhook
