#pragma once
// One object or list at a time, read from an API server or written to it.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "k8sclient/resource_type.h"
#include "k8sclient/transport.h"

namespace railhook {

// What a list or a watch is of.
struct Selection {
  ResourceType type;
  std::string name_space;      // "": all
  std::string label_selector;  // "app=web"
  std::string field_selector;  // "metadata.name=web"
  bool metadata_only = false;  // objects come as PartialObjectMetadata: apiVersion, kind, metadata

  static Selection All(const ResourceType& type);
  static Selection AllMetadata(const ResourceType& type);
  static Selection One(const ResourceType& type, std::string name_space, std::string_view name);
};

inline constexpr int kPageSize = 500;  // objects at a time, where nothing speaks for another number

// What a page of a list says beside its objects.
struct Page {
  std::string resource_version;
  std::string next;  // what asks for the next page; "" on the last one
};

enum class PatchKind {
  kMerge,  // RFC 7386
  kJson,   // RFC 6902
  kApply,  // server-side apply, forced, as field manager "railhook"
};

// A request that an API server refused becomes an Error with the server's own words: kNotFound 404,
// kConflict 409, kGone 410, kUnauthorized 401 and 403, kInvalid other 4xx, kUnavailable 408, 429,
// 5xx and no answer. Nothing is tried twice here. Safe to use from any thread.
class KubeClient {
 public:
  // `transport` must outlive the client. A request of `stop` ends calls under way.
  explicit KubeClient(Transport& transport, std::stop_token stop = {});

  Result<nlohmann::json> Get(const ResourceType& type, std::string_view name_space,
                             std::string_view name) const;

  // A page of at most `limit` objects, each of which goes to `use` as soon as it is read, be it
  // before an error; `next` as the page before gave it, or "" for the first. For all pages see
  // ListEach.
  Result<Page> List(const Selection& selection, std::string_view next, int limit,
                    const std::function<void(nlohmann::json&&)>& use) const;

  // Returns the object as the server keeps it. `object` names itself; kConflict where it exists.
  Result<nlohmann::json> Create(const ResourceType& type, std::string_view name_space,
                                const nlohmann::json& object) const;

  // Replaces an object; kConflict where it has changed since `object`'s resourceVersion.
  Result<nlohmann::json> Update(const ResourceType& type, std::string_view name_space,
                                const nlohmann::json& object) const;

  Result<nlohmann::json> Patch(const ResourceType& type, std::string_view name_space,
                               std::string_view name, PatchKind kind,
                               const nlohmann::json& patch) const;

  // The same by a merge patch of the subresource status.
  Result<nlohmann::json> PatchStatus(const ResourceType& type, std::string_view name_space,
                                     std::string_view name, const nlohmann::json& patch) const;

  // Asks a pod to end (policy/v1 Eviction). kUnavailable where a PodDisruptionBudget doesn't let it
  // go now, kNotFound where it is gone, kConflict where another one has its name.
  Result<> Evict(std::string_view name_space, std::string_view pod, std::string_view uid) const;

  // Deletes an object; kConflict where it has changed since `object`'s resourceVersion.
  Result<> DeleteUnchanged(const ResourceType& type, std::string_view name_space,
                           const nlohmann::json& object) const;

  // One line of a watch after another, each a whole JSON text, from after `resource_version` until
  // the server ends it (a value) or it breaks; false from `on_line` ends it too. The server is
  // asked to end it after `seconds`, and for bookmarks. `on_begun` is called once it has agreed.
  // kInvalid where a line has no end.
  Result<> Watch(
      const Selection& selection, std::string_view resource_version, int seconds,
      const std::function<bool(std::string_view)>& on_line,
      const std::function<void()>& on_begun = [] {}) const;

 private:
  using Parser = std::function<Result<nlohmann::json>(std::string_view body)>;
  Result<nlohmann::json> Exchange(const ApiRequest& request, const Parser& parse) const;
  Result<nlohmann::json> Exchange(const ApiRequest& request) const;
  Result<nlohmann::json> SendPatch(std::string path, std::string_view content_type,
                                   const nlohmann::json& patch) const;

  Transport& transport_;
  std::stop_token stop_;
};

}  // namespace railhook
