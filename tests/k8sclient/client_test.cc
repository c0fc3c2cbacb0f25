#include "k8sclient/client.h"

#include <doctest/doctest.h>

#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"

namespace railhook {
namespace {

// Answers with what it is told, and keeps the request.
struct Scripted : Transport {
  ApiResponse answer{.status = 200, .body = "{}"};
  std::string stream;
  ApiRequest asked;

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token) override {
    asked = request;
    return answer;
  }
  Result<ApiResponse> Stream(const ApiRequest& request,
                             const std::function<bool(std::string_view)>& on_bytes,
                             std::stop_token) override {
    asked = request;
    if (answer.status == 200) on_bytes(stream);
    return answer;
  }
};

TEST_CASE("each refusal has the code that tells the caller what to do") {
  const struct {
    int status;
    ErrorCode code;
  } cases[] = {{400, ErrorCode::kInvalid},      {401, ErrorCode::kUnauthorized},
               {403, ErrorCode::kUnauthorized}, {404, ErrorCode::kNotFound},
               {405, ErrorCode::kInvalid},      {408, ErrorCode::kUnavailable},
               {409, ErrorCode::kConflict},     {410, ErrorCode::kGone},
               {422, ErrorCode::kInvalid},      {429, ErrorCode::kUnavailable},
               {500, ErrorCode::kUnavailable},  {503, ErrorCode::kUnavailable},
               {302, ErrorCode::kUnavailable}};
  for (const auto& c : cases) {
    CAPTURE(c.status);
    Scripted transport;
    transport.answer = {.status = c.status, .body = R"({"message":"why"})"};
    const auto got = KubeClient(transport).Get(kSecrets, "a", "b");
    REQUIRE_FALSE(got);
    CHECK(got.error().code == c.code);
    CHECK(got.error().message ==
          "GET /api/v1/namespaces/a/secrets/b: " + std::to_string(c.status) + " why");
  }
}

TEST_CASE("a refusal that is no Status is quoted, on one line and not for ever") {
  Scripted transport;
  transport.answer = {.status = 502, .body = "<html>\n" + std::string(9000, 'x')};
  const auto got = KubeClient(transport).Get(kSecrets, "a", "b");
  REQUIRE_FALSE(got);
  CHECK(got.error().message.find("502 <html> xxx") != std::string::npos);
  CHECK(got.error().message.find('\n') == std::string::npos);
  CHECK(got.error().message.size() < 600);
}

TEST_CASE("an answer that is no object of JSON is no answer") {
  for (const std::string body : {"", "{\"items\":[", "<html>"}) {
    Scripted transport;
    transport.answer.body = body;
    const auto got = KubeClient(transport).Get(kSecrets, "a", "b");
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::kUnavailable);
  }
}

// Who took it for an empty list would drop all that is known.
TEST_CASE("an answer that is no list is an error, not an empty list") {
  for (const std::string body :
       {"{}", "[]", "null", R"({"items":[]})", R"({"metadata":{"resourceVersion":"1"},"items":{}})",
        R"({"metadata":{},"items":[]})"}) {
    CAPTURE(body);
    Scripted transport;
    transport.answer.body = body;
    const auto page = ListPage(KubeClient(transport), Selection::All(kSecrets), "", 5);
    REQUIRE_FALSE(page);
    CHECK(page.error().code == ErrorCode::kUnavailable);
  }
}

TEST_CASE("a list without items is empty") {
  Scripted transport;
  transport.answer.body = R"({"metadata":{"resourceVersion":"1"},"items":null})";
  const auto page = ListPage(KubeClient(transport), Selection::All(kSecrets), "", 5);
  REQUIRE(page);
  CHECK(page->items.empty());
  CHECK(page->resource_version == "1");
}

TEST_CASE("requests look as API servers want them") {
  Scripted transport;
  const KubeClient client(transport);
  const Selection selection{kSecrets, "ns", "app=web", "metadata.name=x"};
  (void)ListPage(client, selection, "a b", 7);
  CHECK(transport.asked.path ==
        "/api/v1/namespaces/ns/secrets?labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dx"
        "&limit=7&continue=a%20b");
  (void)client.Watch(selection, "12", 300, [](std::string_view) { return true; });
  CHECK(transport.asked.path ==
        "/api/v1/namespaces/ns/secrets?labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dx"
        "&watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=12");
  (void)client.Patch(kSecrets, "ns", "x", PatchKind::kApply, Json::object());
  CHECK(transport.asked.path == "/api/v1/namespaces/ns/secrets/x?fieldManager=railhook&force=true");
  CHECK(transport.asked.content_type == "application/apply-patch+yaml");
  (void)client.Patch(kSecrets, "ns", "x", PatchKind::kJson, Json::array());
  CHECK(transport.asked.content_type == "application/json-patch+json");
  (void)client.Patch(kSecrets, "ns", "x", PatchKind::kMerge, Json::object());
  CHECK(transport.asked.content_type == "application/merge-patch+json");
  CHECK(transport.asked.method == "PATCH");
}

TEST_CASE("subresources are asked at their places") {
  Scripted transport;
  const KubeClient client(transport);
  REQUIRE(client.PatchStatus(kSriovNetworkNodeStates, "a", "n", Json{{"status", 1}}));
  CHECK(transport.asked.method == "PATCH");
  CHECK(transport.asked.path ==
        "/apis/sriovnetwork.openshift.io/v1/namespaces/a/sriovnetworknodestates/n/status");
  CHECK(transport.asked.content_type == "application/merge-patch+json");
  CHECK(transport.asked.body == R"({"status":1})");
  REQUIRE(client.Evict("a", "p", "uid-1"));
  CHECK(transport.asked.method == "POST");
  CHECK(transport.asked.path == "/api/v1/namespaces/a/pods/p/eviction");
  CHECK(transport.asked.body ==
        R"({"apiVersion":"policy/v1","deleteOptions":{"preconditions":{"uid":"uid-1"}},)"
        R"("kind":"Eviction","metadata":{"name":"p","namespace":"a"}})");
}

TEST_CASE("a watch passes on whole lines, and ends when it is told to") {
  Scripted transport;
  transport.stream = "{\"a\":1}\n{\"b\":2}\n{\"c\":";
  std::vector<std::string> lines;
  const auto all = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  CHECK(KubeClient(transport).Watch(Selection::All(kSecrets), "1", 9, all));
  CHECK(lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
  lines.clear();
  CHECK(KubeClient(transport).Watch(Selection::All(kSecrets), "1", 9,
                                    [&](std::string_view line) { return all(line) && false; }));
  CHECK(lines.size() == 1);
}

TEST_CASE("a watch whose line has no end is broken, not ended") {
  Scripted transport;
  transport.stream = std::string(17 << 20, 'x');
  const auto watched = KubeClient(transport).Watch(Selection::All(kSecrets), "1", 9,
                                                   [](std::string_view) { return true; });
  REQUIRE_FALSE(watched);
  CHECK(watched.error().code == ErrorCode::kInvalid);
  CHECK(watched.error().message.find("longer than 16 MiB") != std::string::npos);
}

TEST_CASE("a watch that is refused is an error") {
  Scripted transport;
  transport.answer = {.status = 410, .body = R"({"message":"too old"})"};
  const auto watched = KubeClient(transport).Watch(Selection::All(kSecrets), "1", 9,
                                                   [](std::string_view) { return true; });
  REQUIRE_FALSE(watched);
  CHECK(watched.error().code == ErrorCode::kGone);
}

TEST_CASE("ListEach asks for page after page") {
  FakeApiServer server;
  for (int i = 0; i < 1200; ++i)
    server.Put(kSecrets, MakeObject("v1", "Secret", "ns", "s" + std::to_string(i)));
  CHECK(ListAll(KubeClient(server), Selection::All(kSecrets)).size() == 1200);
  CHECK(server.Calls("limit=500") == 3);
}

TEST_CASE("a call without an answer is not made twice") {
  FakeApiServer server;
  const KubeClient client(server);
  server.Fail("POST", Fault::kLostAnswer);
  const auto created = client.Create(kSecrets, "ns", MakeObject("v1", "Secret", "", "a"));
  REQUIRE_FALSE(created);
  CHECK(created.error().code == ErrorCode::kUnavailable);
  CHECK(server.Calls("POST") == 1);
  CHECK(client.Get(kSecrets, "ns", "a"));
}

}  // namespace
}  // namespace railhook
