#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/webhook/server/raw_client.h"
#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

HttpResponse Text(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

// A server whose POST /slow waits for `go`; /fast doesn't.
struct SlowServer {
  std::atomic<int> begun = 0;
  std::latch go{1};
  std::unique_ptr<HttpServer> server;

  explicit SlowServer(HttpServerOptions options = {}) {
    server = HttpServer::Start(
                 Patient(options), nullptr,
                 {{"POST", "/slow", [this](const HttpRequest& request) { return Slow(request); }},
                  {"POST", "/fast", [](const HttpRequest&) { return Text("fast"); }},
                  {"POST", "/bad", [](const HttpRequest&) { return Bad(); }}})
                 .value();
  }

  ~SlowServer() {
    if (!go.try_wait()) go.count_down();
  }

  HttpOutcome Slow(const HttpRequest& request) {
    return LateHttpResponse{[this, body = request.body] {
      ++begun;
      go.wait();
      return Text("slow " + body);
    }};
  }

  static HttpOutcome Bad() {
    return LateHttpResponse{[]() -> HttpResponse { throw std::runtime_error("broken"); }};
  }

  RawClient Client() const { return RawClient(server->port()); }
};

TEST_CASE("a late response holds nobody up, and comes on its connection") {
  HttpServerOptions options;
  options.threads = 1;
  options.workers = 1;
  SlowServer slow(options);
  auto waiting = slow.Client();
  waiting.Send(Post("/slow", "one"));
  REQUIRE(Eventually([&] { return slow.begun == 1; }));
  auto other = slow.Client();
  other.Send(Post("/fast", ""));
  CHECK(other.Read().body == "fast");
  slow.go.count_down();
  CHECK(waiting.Read().body == "slow one");
  waiting.Send(Post("/fast", ""));
  CHECK(waiting.Read().body == "fast");
}

TEST_CASE("more late responses than may be waited for are put off") {
  HttpServerOptions options;
  options.max_late = 1;
  SlowServer slow(options);
  auto first = slow.Client();
  first.Send(Post("/slow", "1"));
  REQUIRE(Eventually([&] { return slow.begun == 1; }));
  auto second = slow.Client();
  const auto put_off = second.Ask(Post("/slow", "2"));
  CHECK(put_off.status == 429);
  CHECK(put_off.header.find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(second.Ask(Post("/fast", "")).body == "fast");
  slow.go.count_down();
  CHECK(first.Read().body == "slow 1");
}

TEST_CASE("a late response that throws is a 500 with an id") {
  SlowServer slow;
  auto client = slow.Client();
  client.Send(Post("/bad", ""));
  const auto answer = client.Read();
  CHECK(answer.status == 500);
  CHECK(answer.body.find("id ") != std::string::npos);
}

TEST_CASE("a client that leaves while its response is made does no harm") {
  SlowServer slow;
  {
    auto client = slow.Client();
    client.Send(Post("/slow", "gone"));
    REQUIRE(Eventually([&] { return slow.begun == 1; }));
  }
  slow.go.count_down();
  auto other = slow.Client();
  other.Send(Post("/fast", ""));
  CHECK(other.Read().body == "fast");
}

TEST_CASE("a server that ends while a response is made waits for its maker") {
  SlowServer slow;
  auto client = slow.Client();
  client.Send(Post("/slow", "last"));
  REQUIRE(Eventually([&] { return slow.begun == 1; }));
  slow.go.count_down();
  slow.server.reset();
  CHECK(client.HangsUpWithin(std::chrono::milliseconds(5000)));
}

}  // namespace
}  // namespace railhook
