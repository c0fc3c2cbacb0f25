#include "k8sclient/warning_events.h"

#include <doctest/doctest.h>

#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"

namespace railhook {
namespace {

const char* const kAboutFirst = "POST /api/v1/namespaces/first/events";
const char* const kAboutSecond = "POST /api/v1/namespaces/second/events";

Warning About(const std::string& name) {
  return {{"v1", "Namespace", name, name, ""}, "NotGood", "This namespace is not good."};
}

std::vector<Warning> FindTwo() { return {About("first"), About("second")}; }

TEST_CASE("a namespace that can't have an Event keeps no other from its own") {
  FakeApiServer server;
  server.Refuse(kAboutFirst, 403, 1'000'000);
  const LeaderElector leader(server, "ns", "railhook", "a");
  CHECK(Eventually([&] { return leader.leading(); }));
  const WarningEvents events(server, leader, FindTwo);
  CHECK(Eventually([&] { return events.trouble().find("403") != std::string::npos; }));
  CHECK(server.Calls(kAboutSecond) == 0);  // it may be the verb that is forbidden
  CHECK(Eventually([&] { return server.Calls(kAboutSecond) == 1; }));
  CHECK(server.Calls(kAboutFirst) == 1);
  CHECK(events.trouble().find("403") != std::string::npos);
}

TEST_CASE("who doesn't lead writes no Events and has no trouble with them") {
  FakeApiServer server;
  const LeaderElector leader(server, "ns", "railhook", "a");
  CHECK(Eventually([&] { return leader.leading(); }));
  const LeaderElector follower(server, "ns", "railhook", "b");
  const WarningEvents theirs(server, follower, FindTwo);
  const WarningEvents ours(server, leader, FindTwo);
  CHECK(Eventually([&] { return server.Calls("/events") == 2; }));
  CHECK(theirs.trouble().empty());
}

}  // namespace
}  // namespace railhook
