#include "multus/cluster_objects.h"

#include <functional>
#include <utility>

#include "base/json.h"
#include "k8sclient/list_each.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"

namespace railhook {
namespace {

const ResourceType& TypeOf(RailSource source) {
  return source == RailSource::kSpiderMultusConfig ? kSpiderMultusConfigs
                                                   : kNetworkAttachmentDefinitions;
}

class Lister {
 public:
  explicit Lister(const KubeClient& client) : client_(client) {}

  Result<> ListNamespaces(ClusterObjects& objects) {
    return ListEach(client_, Selection::AllMetadata(kNamespaces), [&](const Json& object) {
      const auto meta = ReadMeta(object);
      if (meta)
        objects.namespaces.emplace(meta->name, ReadNamespace(*meta));
      else
        Note("left out Namespace " + KeyOf(object) + ": " + meta.error().message);
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

  void Note(std::string text) { notes_.push_back(std::move(text)); }

  std::vector<std::string> TakeNotes() && { return std::move(notes_); }

 private:
  const KubeClient& client_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<Rail> ReadRail(RailSource source, const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return Fail(std::string(KindOf(source)) + ' ' + KeyOf(object), meta.error());
  return source == RailSource::kSpiderMultusConfig
             ? RailOfSpiderMultusConfig(*meta, object)
             : RailOfNetworkAttachmentDefinition(*meta, object);
}

Result<> ListRails(const KubeClient& client, RailSource source, const RailIndex& known,
                   std::vector<SharedRail>& rails, const std::function<void(std::string)>& note) {
  const auto listed = ListEach(client, Selection::All(TypeOf(source)), [&](const Json& object) {
    auto rail = ReadRail(source, object);
    if (rail)
      rails.push_back(known.Share(std::move(*rail)));
    else
      note("left out " + rail.error().message);
  });
  if (listed || listed.error().code != ErrorCode::kNotFound) return listed;
  note("no " + std::string(KindOf(source)) + " CRD here");
  return {};
}

Result<ClusterListing> ListClusterObjects(const KubeClient& client) {
  ClusterListing listing;
  ClusterObjects& objects = listing.objects;
  Lister lister(client);
  const auto note = [&](std::string text) { lister.Note(std::move(text)); };
  const RailIndex none{ClusterObjects()};
  TRY(ListRails(client, RailSource::kSpiderMultusConfig, none, objects.spider_multus_configs,
                note));
  TRY(ListRails(client, RailSource::kNetworkAttachmentDefinition, none,
                objects.network_attachment_definitions, note));
  TRY(lister.ListNamespaces(objects));
  TRY(lister.ListPools(objects));
  listing.notes = std::move(lister).TakeNotes();
  return listing;
}

}  // namespace railhook
