#include "k8sclient/event_recorder.h"

#include <doctest/doctest.h>

#include <thread>

#include "k8sclient/names.h"
#include "k8sclient/object.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

const EventSubject kNamespace{"v1", "Namespace", "", "team-a", "uid-1"};
const EventSubject kConfig{"spiderpool.spidernet.io/v2beta1", "SpiderMultusConfig", "spiderpool",
                           "gpu1", "uid-2"};

struct Recorder {
  FakeApiServer& server;
  KubeClient client{server};
  EventRecorder recorder{client, "railhook"};

  void Warn(const EventSubject& subject, const std::string& message = "Write a label.") {
    CHECK(recorder.Warn(subject, "NoLabel", message));
  }
};

std::vector<Json> Events(FakeApiServer& server) {
  return ListAll(KubeClient(server), Selection::All(kEvents));
}

TEST_CASE("an Event says what, about whom and who says so") {
  FakeApiServer server;
  Recorder{server}.Warn(kConfig);
  REQUIRE(Events(server).size() == 1);
  const Json event = Events(server).front();
  CHECK(event["metadata"]["namespace"] == "spiderpool");
  CHECK(event["metadata"]["name"].get<std::string>().starts_with("gpu1."));
  CHECK(event["involvedObject"] == Json{{"apiVersion", "spiderpool.spidernet.io/v2beta1"},
                                        {"kind", "SpiderMultusConfig"},
                                        {"namespace", "spiderpool"},
                                        {"name", "gpu1"},
                                        {"uid", "uid-2"}});
  CHECK(event["type"] == "Warning");
  CHECK(event["reason"] == "NoLabel");
  CHECK(event["message"] == "Write a label.");
  CHECK(event["count"] == 1);
  CHECK(event["source"]["component"] == "railhook");
  CHECK(event["firstTimestamp"] == event["lastTimestamp"]);
  CHECK(event["firstTimestamp"].get<std::string>().size() == 20);
}

TEST_CASE("what is no trouble is told by an Event of type Normal, under the same rules") {
  FakeApiServer server;
  Recorder recorder{server};
  CHECK(recorder.recorder.Tell(kConfig, "Made", "It is there."));
  CHECK(recorder.recorder.Tell(kConfig, "Made", "It is there."));
  REQUIRE(Events(server).size() == 1);
  CHECK(Events(server).front()["type"] == "Normal");
  CHECK(Events(server).front()["reason"] == "Made");
}

TEST_CASE("Events about what has no namespace are in default") {
  FakeApiServer server;
  Recorder{server}.Warn(kNamespace);
  REQUIRE(Events(server).size() == 1);
  CHECK(Events(server).front()["metadata"]["namespace"] == "default");
  CHECK_FALSE(Events(server).front()["involvedObject"].contains("namespace"));
}

TEST_CASE("the same words about the same object are written once in ten minutes") {
  FakeApiServer server;
  Recorder recorder{server};
  recorder.Warn(kConfig);
  recorder.Warn(kConfig);
  CHECK(server.Calls("/events") == 1);
  recorder.Warn(kNamespace);
  recorder.Warn(kConfig, "Other words.");
  auto other = kConfig;
  other.uid = "uid-3";  // deleted and made again
  recorder.Warn(other);
  CHECK(Events(server).size() == 4);
}

TEST_CASE("an Event that another replica has written is counted up, not written again") {
  FakeApiServer server;
  Recorder{server}.Warn(kConfig);
  Recorder{server}.Warn(kConfig);
  Recorder{server}.Warn(kConfig);
  REQUIRE(Events(server).size() == 1);
  const Json event = Events(server).front();
  CHECK(event["count"] == 3);
  CHECK(event["lastTimestamp"] >= event["firstTimestamp"]);
}

TEST_CASE("what couldn't be written is told each time, but tried again only after a while") {
  FakeApiServer server;
  const KubeClient client(server);
  EventRecorder recorder(client, "railhook", std::chrono::milliseconds(500));
  server.Refuse("POST", 403);
  for (int i = 0; i < 3; ++i) {
    const auto refused = recorder.Warn(kConfig, "NoLabel", "Write a label.");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnauthorized);
  }
  CHECK(server.Calls("POST") == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(recorder.Warn(kConfig, "NoLabel", "Write a label."));
  CHECK(Events(server).size() == 1);
}

TEST_CASE("an Event's name is a name, however long the object's is") {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + ".aaaaaaa";  // 199 characters
  for (const std::string& name :
       {std::string("a"), longest + "bcd", longest + "-.b", longest + ".b"}) {
    FakeApiServer server;
    Recorder{server}.Warn({"v1", "Node", "", name, ""});
    CHECK(IsDnsSubdomain(Events(server).at(0)["metadata"]["name"].get<std::string>()));
  }
}

}  // namespace
}  // namespace railhook
