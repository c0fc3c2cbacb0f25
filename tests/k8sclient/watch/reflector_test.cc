#include "k8sclient/watch/reflector.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>

#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

constexpr ResourceType kRails{"rails.spidernet.io", "v1", "rails"};  // a CRD

// The values of ConfigMaps as a reflector keeps them. One that says "unwanted" isn't.
struct Reflected {
  FakeApiServer& server;
  ResourceType type;
  std::atomic<int> changes = 0;
  Store<std::string> store{[](const Json& object) -> std::optional<std::string> {
                             auto value = TextMember(Member(&object, "data"), "value");
                             if (value == "unwanted") return std::nullopt;
                             return value;
                           },
                           [this] { ++changes; }};
  std::optional<Reflector> reflector;

  explicit Reflected(FakeApiServer& from, ResourceType what = kConfigMaps)
      : server(from), type(what) {
    reflector.emplace(server, Selection::All(type), store);
  }

  // "ns/a=1 ns/b=2".
  std::string Show() const {
    std::vector<std::string> values;
    store.ForEach(
        [&](const std::string& key, const auto& value) { values.push_back(key + '=' + *value); });
    return Join(values, " ");
  }
  bool Becomes(const std::string& what) const {
    return Eventually([&] { return store.synced() && Show() == what; });
  }
  bool Watches() const {
    return Eventually([&] { return server.Watches(type) == 1; });
  }
  long lists() const { return reflector->status().lists; }
};

struct Cluster {
  FakeApiServer server;

  void Put(const std::string& name, const std::string& value, ResourceType type = kConfigMaps) {
    server.Put(type, MakeConfigMap("ns", name, value));
  }
  void Remove(const std::string& name) { server.Remove(kConfigMaps, "ns", name); }
};

TEST_CASE("a reflector has what was there, and then follows") {
  Cluster cluster;
  cluster.Put("a", "1");
  Reflected reflected(cluster.server);
  CHECK(reflected.Becomes("ns/a=1"));
  cluster.Put("b", "1");
  CHECK(reflected.Becomes("ns/a=1 ns/b=1"));
  cluster.Put("a", "2");
  CHECK(reflected.Becomes("ns/a=2 ns/b=1"));
  cluster.Remove("a");
  CHECK(reflected.Becomes("ns/b=1"));
  CHECK(reflected.lists() == 1);
}

TEST_CASE("a long list comes in pages, also when an answer is lost in between") {
  Cluster cluster;
  for (int i = 0; i < 1200; ++i) cluster.Put(std::to_string(i), "1");
  cluster.server.Fail("continue", Fault::kHalfBody);
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  int count = 0;
  reflected.store.ForEach([&](const std::string&, const auto&) { ++count; });
  CHECK(count == 1200);
  CHECK(cluster.server.Calls("continue") == 3);
  CHECK(cluster.server.Calls("limit=500") == 4);
}

TEST_CASE("a list whose next page is gone begins again, and what went meanwhile isn't in it") {
  Cluster cluster;
  for (int i = 0; i < 600; ++i) cluster.Put(std::to_string(i), "1");
  cluster.server.Refuse("continue", 503);
  cluster.server.Refuse("continue", 410);
  const Reflected reflected(cluster.server);
  CHECK(Eventually([&] { return cluster.server.Calls("continue") == 1; }));
  cluster.Remove("0");
  CHECK(reflected.Watches());
  int count = 0;
  reflected.store.ForEach([&](const std::string&, const auto&) { ++count; });
  CHECK(count == 599);
}

TEST_CASE("a watch that ends or breaks is resumed where it was, without a list") {
  for (const WatchEnd how : {WatchEnd::kClosed, WatchEnd::kMidLine}) {
    Cluster cluster;
    cluster.Put("a", "1");
    const Reflected reflected(cluster.server);
    CHECK(reflected.Watches());
    for (const std::string value : {"2", "3", "4"}) {
      cluster.server.EndWatches(how);
      cluster.Put("a", value);
      CHECK(reflected.Becomes("ns/a=" + value));
      CHECK(reflected.Watches());
    }
    CHECK(reflected.lists() == 1);
    const auto status = reflected.reflector->status();
    CHECK(status.ended + status.failures == 3);
    CHECK(status.expired == 0);
  }
}

TEST_CASE("what is deleted while no watch is open is still missed by nobody") {
  Cluster cluster;
  cluster.Put("a", "1");
  cluster.Put("b", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.SetDown(true);
  cluster.Remove("a");
  cluster.server.SetDown(false);
  CHECK(reflected.Becomes("ns/b=1"));
  CHECK(reflected.lists() == 1);
}

TEST_CASE("a place that is too old means a new list, without what was deleted meanwhile") {
  Cluster cluster;
  cluster.Put("a", "1");
  cluster.Put("b", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.SetDown(true);
  cluster.Remove("a");
  cluster.Put("b", "2");
  cluster.server.ForgetHistory();
  cluster.server.SetDown(false);
  CHECK(reflected.Becomes("ns/b=2"));
  CHECK(Eventually([&] { return reflected.lists() == 2; }));
}

TEST_CASE("an ERROR event of 410 means a new list at once") {
  Cluster cluster;
  cluster.Put("a", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.EndWatches(WatchEnd::kGone);
  CHECK(Eventually([&] { return reflected.lists() == 2; }));
  CHECK(reflected.Becomes("ns/a=1"));
  CHECK(reflected.reflector->status().error.empty());
  CHECK(reflected.reflector->status().expired == 1);
}

// A server whose first watch ends with a line that nobody can use.
struct Stumbling : Transport {
  FakeApiServer& server;
  std::string line;
  std::atomic<int> watches = 0;

  Stumbling(FakeApiServer& at, std::string first) : server(at), line(std::move(first)) {}

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) override {
    return server.Send(request, stop);
  }
  Result<ApiResponse> Stream(const ApiRequest& request,
                             const std::function<bool(std::string_view)>& on_bytes,
                             std::stop_token stop) override {
    if (++watches > 1) return server.Stream(request, on_bytes, stop);
    on_bytes("");
    on_bytes(line);
    ApiResponse ended;
    ended.status = 200;
    return ended;
  }
};

TEST_CASE("what can't be read in a watch means a new list: the place would bring the same again") {
  const std::string lines[] = {R"({"type":"ERROR","object":{"code":500,"message":"etcd"}})",
                               R"({"type":"ADDED","object":{}})",
                               R"({"type":"NEWS","object":{"metadata":{"resourceVersion":"1"}}})",
                               std::string(17 << 20, 'x')};
  for (const std::string& line : lines) {
    CAPTURE(line.substr(0, 60));
    FakeApiServer server;
    Stumbling transport(server, line + '\n');
    Store<int> store([](const Json&) { return std::optional(1); }, [] {});
    const Reflector reflector(transport, Selection::All(kConfigMaps), store);
    CHECK(Eventually([&] { return server.Watches(kConfigMaps) == 1; }));
    CHECK(reflector.status().lists == 2);
    CHECK(Eventually([&] { return reflector.status().error.empty(); }));
  }
}

TEST_CASE("bookmarks move the place on") {
  Cluster cluster;
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.ForgetHistory();  // the place of the list is too old now
  cluster.server.SendBookmarks();
  cluster.server.EndWatches(WatchEnd::kClosed);
  cluster.Put("a", "1");
  CHECK(reflected.Becomes("ns/a=1"));
  CHECK(reflected.lists() == 1);
}

TEST_CASE("a resource that isn't there counts as empty, and is found when it comes") {
  Cluster cluster;
  const Reflected reflected(cluster.server, kRails);
  CHECK(reflected.Becomes(""));
  CHECK(reflected.changes == 1);
  CHECK(Eventually([&] { return reflected.reflector->status().absent; }));
  CHECK(reflected.reflector->status().heard > std::chrono::system_clock::time_point());
  cluster.server.AddResource(kRails);
  cluster.Put("a", "1", kRails);
  CHECK(reflected.Becomes("ns/a=1"));
  CHECK_FALSE(reflected.reflector->status().absent);

  cluster.server.RemoveResource(kRails);
  CHECK(reflected.Becomes(""));
  CHECK(Eventually([&] { return reflected.reflector->status().absent; }));
}

TEST_CASE("who finds nothing has been told that there is no such resource") {
  struct Witness : ObjectSink {
    std::atomic<const Reflector*> reflector = nullptr;
    std::atomic<int> absent = 0, present = 0;
    void BeginList() override {}
    void EndList() override {
      if (reflector != nullptr) ++((*reflector.load()).status().absent ? absent : present);
    }
    void Put(const Json&) override {}
    void Remove(const Json&) override {}
  };
  Cluster cluster;
  cluster.server.AddResource(kRails);
  Witness witness;
  const Reflector reflector(cluster.server, Selection::All(kRails), witness);
  CHECK(Eventually([&] { return cluster.server.Watches(kRails) == 1; }));
  witness.reflector = &reflector;
  cluster.server.RemoveResource(kRails);
  CHECK(Eventually([&] { return witness.absent > 0; }));
  CHECK(witness.present == 0);
}

TEST_CASE("nobody is told of a change that changes nothing") {
  Cluster cluster;
  cluster.Put("a", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  CHECK(reflected.changes == 1);
  Json same = MakeConfigMap("ns", "a", "1");
  same["metadata"]["labels"]["x"] = "y";
  cluster.server.Put(kConfigMaps, same);
  cluster.Put("b", "unwanted");
  cluster.server.EndWatches(WatchEnd::kGone);
  CHECK(Eventually([&] { return reflected.lists() == 2; }));
  cluster.Remove("b");
  cluster.Put("c", "1");
  CHECK(reflected.Becomes("ns/a=1 ns/c=1"));
  CHECK(Eventually([&] { return reflected.changes == 2; }));
}

TEST_CASE("an object that is wanted no more goes, and may come back") {
  Cluster cluster;
  cluster.Put("a", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Becomes("ns/a=1"));
  cluster.Put("a", "unwanted");
  CHECK(reflected.Becomes(""));
  cluster.Put("a", "2");
  CHECK(reflected.Becomes("ns/a=2"));
}

TEST_CASE("a reflector that starts before its server waits for it") {
  Cluster cluster;
  cluster.Put("a", "1");
  cluster.server.SetDown(true);
  const Reflected reflected(cluster.server);
  CHECK(Eventually([&] { return reflected.reflector->status().failures >= 2; }));
  CHECK_FALSE(reflected.store.synced());
  CHECK(reflected.reflector->status().error == "no answer");
  using Clock = std::chrono::system_clock;
  CHECK(reflected.reflector->status().heard == Clock::time_point());
  const auto before = Clock::now();
  cluster.server.SetDown(false);
  CHECK(reflected.Becomes("ns/a=1"));
  CHECK(Eventually([&] { return reflected.reflector->status().error.empty(); }));
  CHECK(reflected.reflector->status().heard >= before);
}

TEST_CASE("a failure is over once a watch is open again, though nothing happens then") {
  Cluster cluster;
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.SetDown(true);
  CHECK(Eventually([&] { return reflected.reflector->status().error == "no answer"; }));
  cluster.server.SetDown(false);
  CHECK(Eventually([&] { return reflected.reflector->status().error.empty(); }));
  CHECK(reflected.lists() == 1);
}

struct Begins : ObjectSink {
  std::atomic<int> begins = 0, ends = 0;

  void BeginList() override { ++begins; }
  void EndList() override { ++ends; }
  void Put(const Json&) override {}
  void Remove(const Json&) override {}
};

TEST_CASE("a list begins when its answer comes, not when it is asked for") {
  for (const int objects : {0, 1}) {
    Cluster cluster;
    if (objects == 1) cluster.Put("a", "1");
    cluster.server.Refuse("limit", 503, 2);
    Begins sink;
    const Reflector reflector(cluster.server, Selection::All(kConfigMaps), sink);
    CHECK(Eventually([&] { return sink.ends == 1; }));
    CHECK(cluster.server.Calls("limit") == 3);
    CHECK(sink.begins == 1);
  }
}

TEST_CASE("an answer that makes no sense costs nothing that is known") {
  Cluster cluster;
  cluster.Put("a", "1");
  const Reflected reflected(cluster.server);
  CHECK(reflected.Watches());
  cluster.server.Fail("limit", Fault::kHalfBody, 2);
  cluster.server.EndWatches(WatchEnd::kGone);
  CHECK(Eventually([&] { return reflected.lists() == 2; }));
  CHECK(reflected.Becomes("ns/a=1"));
  CHECK(reflected.changes == 1);
}

TEST_CASE("a reflector ends at once, whatever it is at") {
  const auto ends_at_once = [](std::optional<Reflector>& reflector) {
    const auto start = std::chrono::steady_clock::now();
    reflector.reset();
    return std::chrono::steady_clock::now() - start < std::chrono::seconds(5);
  };
  Cluster cluster;
  Reflected watching(cluster.server);
  CHECK(watching.Watches());
  CHECK(ends_at_once(watching.reflector));
  CHECK(cluster.server.Watches(kConfigMaps) == 0);

  cluster.server.Fail("limit", Fault::kHang);
  Reflected listing(cluster.server);
  CHECK(Eventually([&] { return cluster.server.Calls("limit") == 2; }));
  CHECK(ends_at_once(listing.reflector));

  cluster.server.SetDown(true);
  Reflected waiting(cluster.server);
  CHECK(Eventually([&] { return waiting.reflector->status().failures >= 5; }));
  CHECK(ends_at_once(waiting.reflector));
  Reflected starting(cluster.server);
  CHECK(ends_at_once(starting.reflector));
}

TEST_CASE("a server that ends each watch at once is asked now and then, not all the time") {
  Cluster cluster;
  cluster.server.Refuse("watch=1", 200, 1'000'000);
  const Reflected reflected(cluster.server);
  CHECK(reflected.Becomes(""));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  CHECK(Eventually([&] { return std::chrono::steady_clock::now() > end; }));
  CHECK(cluster.server.Calls("watch=1") < 20);
}

TEST_CASE("many writers, broken watches and lost places: in the end all is as on the server") {
  Cluster cluster;
  const Reflected reflected(cluster.server);
  {
    std::vector<std::jthread> writers;
    for (const std::string writer : {"a", "b", "c"}) {
      writers.emplace_back([&cluster, writer] {
        for (int i = 0; i < 300; ++i) {
          const std::string name = writer + std::to_string(i % 7);
          if (i % 5 == 4)
            cluster.Remove(name);
          else
            cluster.Put(name, std::to_string(i));
        }
      });
    }
    for (int i = 0; i < 6; ++i) {
      CHECK(reflected.Watches());
      cluster.server.EndWatches(i % 3 == 0 ? WatchEnd::kGone : WatchEnd::kClosed);
      cluster.server.SendBookmarks();
    }
  }
  std::vector<std::string> want;
  for (const std::string writer : {"a", "b", "c"}) {
    for (int i = 0; i < 7; ++i) {
      const std::string name = writer + std::to_string(i);
      const Json object = cluster.server.Find(kConfigMaps, "ns", name);
      if (!object.is_null())
        want.push_back("ns/" + name + '=' + object["data"]["value"].get<std::string>());
    }
  }
  CHECK(want.size() > 10);
  CHECK(reflected.Becomes(Join(want, " ")));
}

}  // namespace
}  // namespace railhook
