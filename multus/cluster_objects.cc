#include "multus/cluster_objects.h"

#include <functional>
#include <utility>

#include "base/json.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

std::string KindOf(RailSource source) {
  return source == RailSource::kSpiderMultusConfig ? "SpiderMultusConfig"
                                                   : "NetworkAttachmentDefinition";
}

// "a/b", as far as the object says it.
std::string IdOf(const Json& object) {
  const Json* meta = Member(&object, "metadata");
  return TextMember(meta, "namespace") + '/' + TextMember(meta, "name");
}

class Lister {
 public:
  explicit Lister(const KubeClient& client) : client_(client) {}

  Result<> ListRails(RailSource source, const ResourceType& type, std::vector<Rail>& rails) {
    const auto listed = ListEach(client_, Selection::All(type), [&](const Json& object) {
      auto rail = ReadRail(source, object);
      if (rail)
        rails.push_back(std::move(*rail));
      else
        Note("left out " + rail.error().message);
    });
    if (listed || listed.error().code != ErrorCode::kNotFound) return listed;
    Note("no " + KindOf(source) + " CRD here");
    return {};
  }

  Result<> ListNamespaces(ClusterObjects& objects) {
    return ListEach(client_, Selection::AllMetadata(kNamespaces), [&](const Json& object) {
      const auto meta = ReadMeta(object);
      if (meta)
        objects.namespaces.emplace(meta->name, ReadNamespace(*meta));
      else
        Note("left out Namespace " + IdOf(object) + ": " + meta.error().message);
    });
  }

  Result<> ListPools(ClusterObjects& objects) {
    const auto listed =
        ListEach(client_, Selection::AllMetadata(kSpiderIPPools), [&](const Json& object) {
          objects.pools.push_back(TextMember(Member(&object, "metadata"), "name"));
        });
    if (listed || listed.error().code == ErrorCode::kNotFound) return {};
    if (listed.error().code != ErrorCode::kUnauthorized) return listed;
    objects.pools.clear();
    Note("pools of rails are not looked up: " + listed.error().message);
    return {};
  }

  std::vector<std::string> TakeNotes() && { return std::move(notes_); }

 private:
  void Note(std::string text) { notes_.push_back(std::move(text)); }

  const KubeClient& client_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<Rail> ReadRail(RailSource source, const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return Fail(KindOf(source) + ' ' + IdOf(object), meta.error());
  return source == RailSource::kSpiderMultusConfig
             ? RailOfSpiderMultusConfig(*meta, object)
             : RailOfNetworkAttachmentDefinition(*meta, object);
}

Result<ClusterListing> ListClusterObjects(const KubeClient& client) {
  ClusterListing listing;
  ClusterObjects& objects = listing.objects;
  Lister lister(client);
  TRY(lister.ListRails(RailSource::kSpiderMultusConfig, kSpiderMultusConfigs,
                       objects.spider_multus_configs));
  TRY(lister.ListRails(RailSource::kNetworkAttachmentDefinition, kNetworkAttachmentDefinitions,
                       objects.network_attachment_definitions));
  TRY(lister.ListNamespaces(objects));
  TRY(lister.ListPools(objects));
  listing.notes = std::move(lister).TakeNotes();
  return listing;
}

}  // namespace railhook
