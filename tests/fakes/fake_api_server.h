#pragma once
// An API server in memory, for tests of what talks to one. What it has in common with a real one
// stands in tests/contract, which is run on both. Where a real one is lenient it may be strict.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "k8sclient/resource_type.h"
#include "k8sclient/transport.h"
#include "tests/fakes/fake_request.h"

namespace railhook {

// How a call goes wrong.
enum class Fault {
  kNoAnswer,    // kUnavailable, and nothing has happened
  kLostAnswer,  // kUnavailable, though what was asked for has happened
  kHalfBody,    // half a JSON text, with a status that says all is well
  kHang,        // until the caller stops
};

// How the watches that are open end.
enum class WatchEnd {
  kClosed,   // by the server, as after timeoutSeconds
  kMidLine,  // the connection breaks in the middle of an event
  kGone,     // with an ERROR event of 410
};

// Safe to use from any thread.
class FakeApiServer : public Transport {
 public:
  // With the resources of a cluster that has no CRD: core ones, Leases, webhook configurations.
  FakeApiServer();

  void AddResource(const ResourceType& type);
  // Its objects are deleted, its watches closed.
  void RemoveResource(const ResourceType& type);

  // What somebody else does: no fault hits these, and none is counted. Put creates or replaces.
  void Put(const ResourceType& type, Json object);
  void Remove(const ResourceType& type, std::string_view name_space, std::string_view name);
  // The object, or null.
  Json Find(const ResourceType& type, std::string_view name_space, std::string_view name) const;

  // The next `times` calls whose line ("GET /api/v1/namespaces?limit=500") contains `part` fail so,
  // or are answered with `status` and nothing done; a watch that is answered with 200 ends empty.
  void Fail(std::string part, Fault fault, int times = 1);
  void Refuse(std::string part, int status, int times = 1);
  // While it is down nothing is answered and no watch stays open.
  void SetDown(bool down);

  // Those that are open have ended when it returns.
  void EndWatches(WatchEnd how);
  void SendBookmarks();
  // Whatever was before now is too old to watch from.
  void ForgetHistory();
  // The next pages of lists under way are gone.
  void ForgetPages();

  // The lines of all calls that contain `part`, watches included.
  int Calls(std::string_view part) const;
  // How many watches of a resource are open.
  int Watches(const ResourceType& type) const;

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) override;
  Result<ApiResponse> Stream(const ApiRequest& request,
                             const std::function<bool(std::string_view)>& on_bytes,
                             std::stop_token stop) override;

 private:
  using Objects = std::map<std::string, Json>;  // by "namespace/name"
  using Outcome = std::variant<std::monostate, Fault, int>;
  struct Rule {
    std::string part;
    Outcome outcome;
    int times;
  };
  struct Change {
    long version;
    std::string resource;
    std::string type;
    Json object;
  };
  struct Rest {  // of a list whose first pages have been sent
    long version;
    std::vector<Json> items;
  };
  struct Watcher {
    std::size_t next = 0;  // of history_
    long bookmarks = 0;
    long ends = 0;
  };
  class Visit;

  // All below are called with mutex_ held.
  Outcome Note(const ApiRequest& request);
  ApiResponse Answer(const ApiRequest& request);
  ApiResponse AnswerOne(const FakeRequest& request, Objects& objects);
  ApiResponse List(const FakeRequest& request, const Objects& objects);
  Json FirstPage(Rest rest, const std::string& limit);
  ApiResponse Create(const FakeRequest& request, Objects& objects);
  ApiResponse Update(const FakeRequest& request, Objects& objects, const Json& old, Json object);
  ApiResponse Patch(const FakeRequest& request, Objects& objects);
  ApiResponse Delete(const FakeRequest& request, Objects& objects);
  Json Keep(const std::string& resource, Objects& objects, Json object);
  void Drop(const std::string& resource, Objects& objects, const std::string& key);
  Json Stamped(Json object);
  bool IsTooOld(const FakeRequest& request) const;
  Watcher Begin(const FakeRequest& request) const;
  std::string Beginning(const FakeRequest& request) const;
  std::string News(Watcher& watcher, const FakeRequest& request) const;
  std::string Bookmark(const FakeRequest& request) const;
  bool HasNews(const Watcher& watcher) const;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Objects> resources_;  // by the path of all objects
  std::vector<Change> history_;
  long version_ = 1000;
  long oldest_ = 1000;  // to watch from
  std::map<std::string, Rest> rests_;
  std::vector<Rule> rules_;
  std::vector<std::string> calls_;
  std::multimap<std::string, const Watcher*> watches_;  // the open ones, by resource
  bool down_ = false;
  long bookmarks_ = 0;
  long ends_ = 0;
  WatchEnd how_ = WatchEnd::kClosed;
  long made_ = 0;  // names for what must be unique
};

}  // namespace railhook
