#include "k8sclient/lease.h"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>

#include "k8sclient/object.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

constexpr LeaseTimes kShort{2s, 1s, 20ms};
constexpr LeaseTimes kNeverRunsOut{600s, 500s, 20ms};

Json MakeLease(const std::string& holder, int seconds) {
  Json lease = MakeObject("coordination.k8s.io/v1", "Lease", "ns", "railhook");
  lease["spec"] = {{"holderIdentity", holder}, {"leaseDurationSeconds", seconds}};
  return lease;
}

// A candidate, and its own connection to the server.
struct Candidate : Transport {
  FakeApiServer& server;
  std::atomic<bool> cut = false;
  std::atomic<bool> slow = false;  // what is sent meanwhile arrives afterwards
  std::optional<LeaderElector> elector;

  Candidate(FakeApiServer& at, const std::string& name, LeaseTimes times = kShort,
            bool slow_at_first = false)
      : server(at), slow(slow_at_first) {
    elector.emplace(*this, "ns", "railhook", name, times);
  }

  bool leading() const { return elector->leading(); }
  bool Leads() const {
    return Eventually([&] { return leading(); });
  }
  bool Follows() const {
    return Eventually([&] { return !leading(); });
  }

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) override {
    if (cut) return Fail(ErrorCode::kUnavailable, "cut off");
    CHECK(Eventually([this] { return !slow; }));
    return server.Send(request, stop);
  }
  Result<ApiResponse> Stream(const ApiRequest&, const std::function<bool(std::string_view)>&,
                             std::stop_token) override {
    return Fail(ErrorCode::kUnavailable, "nobody asks for a stream");
  }
};

std::string Holder(const FakeApiServer& server) {
  const Json lease = server.Find(kLeases, "ns", "railhook");
  return TextMember(Member(&lease, "spec"), "holderIdentity");
}

TEST_CASE("Judge: one's own is renewed, a free one taken, another's left until it runs out") {
  const struct {
    std::string holder;
    std::chrono::seconds duration;
    std::chrono::milliseconds unchanged;
    LeaseMove want;
  } cases[] = {{"me", 15s, 0ms, LeaseMove::kRenew},        {"me", 15s, 60s, LeaseMove::kRenew},
               {"", 15s, 0ms, LeaseMove::kTake},           {"", 0s, 0ms, LeaseMove::kTake},
               {"other", 15s, 0ms, LeaseMove::kLeave},     {"other", 15s, 15s, LeaseMove::kLeave},
               {"other", 15s, 15'001ms, LeaseMove::kTake}, {"other", 0s, 0ms, LeaseMove::kLeave},
               {"other", 0s, 1ms, LeaseMove::kTake},       {"me too", 15s, 1s, LeaseMove::kLeave}};
  for (const auto& c : cases) {
    CAPTURE(c.holder);
    CAPTURE(c.unchanged.count());
    CHECK(Judge({c.holder, "", c.duration, 0}, "me", c.unchanged) == c.want);
  }
}

TEST_CASE("a Lease is read, whatever is missing or odd in it") {
  const auto record = ReadLease(Json::parse(
      R"({"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"leaseTransitions":3,
          "renewTime":"2026-01-31T12:00:00.000000Z"}})"));
  CHECK(record == LeaseRecord{"a", "2026-01-31T12:00:00.000000Z", 15s, 3});
  for (const std::string text : {"{}", "[]", "null", R"({"spec":[]})", R"({"spec":{
       "holderIdentity":null,"leaseDurationSeconds":"15","leaseTransitions":1.5}})"}) {
    CHECK(ReadLease(Json::parse(text)) == LeaseRecord());
  }
}

TEST_CASE("one candidate leads, and its Lease says so") {
  FakeApiServer server;
  const Candidate a(server, "a");
  CHECK(a.Leads());
  const Json lease = server.Find(kLeases, "ns", "railhook");
  CHECK(lease["spec"]["holderIdentity"] == "a");
  CHECK(lease["spec"]["leaseTransitions"] == 1);
  CHECK(lease["spec"]["acquireTime"].get<std::string>().size() == 27);
  CHECK(Eventually([&] {
    const Json now = server.Find(kLeases, "ns", "railhook");
    return now["spec"]["renewTime"] > lease["spec"]["renewTime"] &&
           now["spec"]["acquireTime"] == lease["spec"]["acquireTime"];
  }));
}

// Others would take a Lease early that names less than the leader goes by.
TEST_CASE("the duration is written in whole seconds, never fewer than it has") {
  FakeApiServer server;
  const Candidate a(server, "a", {1500ms, 400ms, 20ms});
  CHECK(a.Leads());
  CHECK(server.Find(kLeases, "ns", "railhook")["spec"]["leaseDurationSeconds"] == 2);
}

TEST_CASE("of candidates who start at once one leads") {
  for (int round = 0; round < 10; ++round) {
    FakeApiServer server;
    const Candidate a(server, "a", kNeverRunsOut);
    const Candidate b(server, "b", kNeverRunsOut);
    CHECK(Eventually([&] { return a.leading() || b.leading(); }));
    const int calls = server.Calls("leases");
    CHECK(Eventually([&] { return server.Calls("leases") > calls + 10; }));
    CHECK(a.leading() != b.leading());
  }
}

TEST_CASE("who ends gives the Lease back, and another leads though it would not have run out") {
  FakeApiServer server;
  Candidate a(server, "a", kNeverRunsOut);
  CHECK(a.Leads());
  const Candidate b(server, "b", kNeverRunsOut);
  CHECK(Eventually([&] { return server.Calls("GET") > 10; }));
  CHECK_FALSE(b.leading());
  a.elector.reset();
  CHECK(b.Leads());
  CHECK(server.Find(kLeases, "ns", "railhook")["spec"]["leaseTransitions"] == 2);
}

TEST_CASE("who doesn't lead gives nothing back") {
  FakeApiServer server;
  server.Put(kLeases, MakeLease("other", 600));
  Candidate a(server, "a");
  CHECK(Eventually([&] { return server.Calls("GET") > 3; }));
  a.elector.reset();
  CHECK(Holder(server) == "other");
  CHECK(server.Calls("PUT") == 0);
}

TEST_CASE("a leader without a connection leads no longer, and only then does another") {
  FakeApiServer server;
  Candidate a(server, "a");
  CHECK(a.Leads());
  const Candidate b(server, "b");
  for (int round = 0; round < 2; ++round) {
    a.cut = true;
    const auto cut = std::chrono::steady_clock::now();
    CHECK(Eventually([&] { return !a.leading(); }));
    CHECK(std::chrono::steady_clock::now() - cut < kShort.duration);
    CHECK(Eventually([&] {
      const bool second = b.leading();
      CHECK_FALSE((second && a.leading()));
      return second;
    }));
    a.cut = false;
    const int calls = server.Calls("leases");
    CHECK(Eventually([&] { return server.Calls("leases") > calls + 20; }));
    CHECK(b.Leads());
    CHECK_FALSE(a.leading());
    server.Put(kLeases, MakeLease("a", 2));  // as if an operator gave it back to the first
    CHECK(a.Leads());
    CHECK(b.Follows());
  }
}

TEST_CASE("a Lease that is renewed while it is asked for is left alone for its full time") {
  FakeApiServer server;
  server.Put(kLeases, MakeLease("other", 1));
  Candidate b(server, "b", kShort, true);
  std::this_thread::sleep_for(1200ms);
  const auto renewed = std::chrono::steady_clock::now();
  b.slow = false;
  CHECK(b.Leads());
  CHECK(std::chrono::steady_clock::now() - renewed > 1s);
}

TEST_CASE("a call that hangs ends leading as well") {
  FakeApiServer server;
  const Candidate a(server, "a");
  CHECK(a.Leads());
  server.Fail("leases", Fault::kHang);
  CHECK(a.Follows());
}

TEST_CASE("a lost answer or a failure now and then changes nothing") {
  FakeApiServer server;
  const Candidate a(server, "a", kNeverRunsOut);
  CHECK(a.Leads());
  server.Fail("PUT", Fault::kLostAnswer);
  server.Fail("PUT", Fault::kHalfBody);
  server.Refuse("GET", 503);
  const int calls = server.Calls("leases");
  CHECK(Eventually([&] {
    CHECK(a.leading());
    return server.Calls("leases") > calls + 20;
  }));
}

TEST_CASE("a candidate that may not stand says why, until it may") {
  FakeApiServer server;
  server.Refuse("leases", 403, 1'000'000);
  const Candidate a(server, "a");
  CHECK(Eventually([&] { return a.elector->trouble().find("403") != std::string::npos; }));
  CHECK_FALSE(a.leading());
}

TEST_CASE("a Lease that is deleted is made again") {
  FakeApiServer server;
  const Candidate a(server, "a");
  CHECK(a.Leads());
  server.Remove(kLeases, "ns", "railhook");
  CHECK(Eventually([&] { return Holder(server) == "a"; }));
}

TEST_CASE("who starts again under its name leads at once") {
  FakeApiServer server;
  server.Put(kLeases, MakeLease("a", 600));
  const Candidate a(server, "a");
  CHECK(a.Leads());
}

TEST_CASE("a candidate ends soon though the server doesn't answer") {
  FakeApiServer server;
  Candidate a(server, "a", kNeverRunsOut);
  CHECK(a.Leads());
  const int calls = server.Calls("leases");
  server.Fail("leases", Fault::kHang, 1'000'000);
  CHECK(Eventually([&] { return server.Calls("leases") > calls; }));
  const auto start = std::chrono::steady_clock::now();
  a.elector.reset();
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

}  // namespace
}  // namespace railhook
