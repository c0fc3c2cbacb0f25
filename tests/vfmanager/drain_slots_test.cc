#include "vfmanager/drain_slots.h"

#include <doctest/doctest.h>

#include "k8sclient/object.h"
#include "tests/fakes/fake_api_server.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

struct Pool {
  FakeApiServer server;
  KubeClient client{server};
  DrainSlots a{client, "ns", "node-a"};
  DrainSlots b{client, "ns", "node-b"};
  DrainSlots c{client, "ns", "node-c"};
  DrainSlots::Clock::time_point now{100h};

  std::string Holder(const std::string& slot) const {
    const Json lease = server.Find(kLeases, "ns", slot);
    return TextMember(Member(&lease, "spec"), "holderIdentity");
  }
};

std::string Answer(const Result<std::string>& taken) {
  return taken ? *taken : "failed: " + taken.error().message;
}

TEST_CASE("as many nodes of a pool as there are slots get one, and others hear who has them") {
  Pool pool;
  CHECK(Answer(pool.a.Take("", 2, pool.now)) == "");
  CHECK(Answer(pool.b.Take("", 2, pool.now)) == "");
  CHECK(Answer(pool.c.Take("", 2, pool.now)) == "node-a, node-b");
  CHECK(pool.a.Hold(pool.now).value());
  CHECK_FALSE(pool.c.Hold(pool.now).value());
  CHECK(pool.Holder("vfmanager-drain.0") == "node-a");
  REQUIRE(pool.a.Give());
  CHECK_FALSE(pool.a.Hold(pool.now).value());
  CHECK(Answer(pool.c.Take("", 2, pool.now)) == "");
  CHECK(pool.Holder("vfmanager-drain.0") == "node-c");
}

TEST_CASE("pools have slots of their own") {
  Pool pool;
  CHECK(Answer(pool.a.Take("", 1, pool.now)) == "");
  CHECK(Answer(pool.b.Take("gpus", 1, pool.now)) == "");
  CHECK(pool.Holder("vfmanager-drain.gpus.0") == "node-b");
}

TEST_CASE("who took a slot and was started again still has it") {
  Pool pool;
  CHECK(Answer(pool.a.Take("gpus", 1, pool.now)) == "");
  DrainSlots again(pool.client, "ns", "node-a");
  CHECK(again.Hold(pool.now).value());
}

TEST_CASE("a slot is renewed once a minute, and others take it after an hour without a word") {
  Pool pool;
  CHECK(Answer(pool.a.Take("", 1, pool.now)) == "");
  CHECK(Answer(pool.b.Take("", 1, pool.now)) == "node-a");
  CHECK(pool.a.Hold(pool.now).value());
  CHECK(pool.server.Calls("PUT") == 0);
  CHECK(pool.a.Hold(pool.now + 1min).value());
  CHECK(pool.server.Calls("PUT") == 1);
  CHECK(Answer(pool.b.Take("", 1, pool.now + 59min)) == "node-a");  // news to it
  CHECK(Answer(pool.b.Take("", 1, pool.now + 119min)) == "node-a");
  CHECK(Answer(pool.b.Take("", 1, pool.now + 119min + 1s)) == "");
  CHECK_FALSE(pool.a.Hold(pool.now + 120min).value());
}

TEST_CASE("two who want the last slot don't both get it") {
  Pool pool;
  CHECK(Answer(pool.a.Take("", 1, pool.now)) == "");
  REQUIRE(pool.a.Give());
  pool.server.Refuse("PUT", 409);  // somebody was faster
  CHECK(Answer(pool.b.Take("", 1, pool.now)) == "another node");
}

TEST_CASE("an API server that is away is an error, not a free slot") {
  Pool pool;
  pool.server.SetDown(true);
  CHECK_FALSE(pool.a.Take("", 1, pool.now));
  CHECK_FALSE(pool.a.Hold(pool.now));
  CHECK_FALSE(pool.a.Give());
}

}  // namespace
}  // namespace railhook
