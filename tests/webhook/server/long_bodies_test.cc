// Bodies that take long to read are read beside the event loops: nobody waits for them, and they
// wait for nobody but each other.

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

const std::string kShort(100, 's');
const std::string kLong(300 << 10, 'l');

std::string LengthOf(const HttpRequest& request) { return std::to_string(request.body.size()); }

HttpResponse Text(std::string body) { return {.body = std::move(body), .headers = {}}; }

// A server of one loop and one worker, whose handlers and late responses can be held up.
struct Server {
  std::atomic<int> held = 0;
  std::latch go{1};
  std::unique_ptr<HttpServer> server =
      HttpServer::Start(
          {.threads = 1, .workers = 1}, nullptr,
          {{"POST", "/length", [](auto& request) { return Text(LengthOf(request)); }},
           {"POST", "/late", [](auto& request) { return Late(request); }},
           {"POST", "/throw", [](auto&) -> HttpOutcome { throw std::logic_error(""); }},
           {"POST", "/held", [this](auto& request) { return Hold(request); }},
           {"POST", "/late-held", [this](auto& request) { return HoldLate(request); }}})
          .value();

  static HttpOutcome Late(const HttpRequest& request) {
    return LateHttpResponse{[length = LengthOf(request)] { return Text("late " + length); }};
  }

  HttpResponse Hold(const HttpRequest& request) {
    ++held;
    go.wait();
    return Text("held " + LengthOf(request));
  }

  HttpOutcome HoldLate(const HttpRequest& request) {
    return LateHttpResponse{[this, request] { return Hold(request); }};
  }

  RawClient Client() const { return RawClient(server->port()); }

  // A client whose request is being held up.
  RawClient Held(std::string_view path, std::string_view body) {
    auto client = Client();
    client.Send(Post(path, body));
    REQUIRE(Eventually([&] { return held == 1; }));
    return client;
  }

  std::string Ask(std::string_view path, std::string_view body) const {
    return Client().Ask(Post(path, body)).body;
  }
};

TEST_CASE("a long body holds up neither short ones nor late responses") {
  Server server;
  auto waiting = server.Held("/held", kLong);
  CHECK(server.Ask("/length", kShort) == "100");
  CHECK(server.Ask("/late", kShort) == "late 100");
  server.go.count_down();
  CHECK(waiting.Read().body == "held 307200");
}

TEST_CASE("a late response that waits doesn't hold up long bodies") {
  Server server;
  auto waiting = server.Held("/late-held", kShort);
  CHECK(server.Ask("/length", kLong) == "307200");
  server.go.count_down();
  CHECK(waiting.Read().body == "held 100");
}

TEST_CASE("the handler of a long body may answer late, and may throw") {
  const Server server;
  CHECK(server.Ask("/late", kLong) == "late 307200");
  auto client = server.Client();
  CHECK(client.Ask(Post("/throw", kLong)).status == 500);
  CHECK(client.Ask(Post("/length", kLong)).body == "307200");
}

TEST_CASE("a client that leaves while its long body is read does no harm") {
  Server server;
  server.Held("/held", kLong).Reset();
  server.go.count_down();
  CHECK(server.Ask("/length", kLong) == "307200");
}

TEST_CASE("a server that ends while a long body is read waits for its handler") {
  Server server;
  auto waiting = server.Held("/held", kLong);
  server.go.count_down();
  server.server.reset();
  CHECK(waiting.HangsUpWithin(std::chrono::milliseconds(5000)));
}

TEST_CASE("while one client posts 3 MiB without a pause, every request of the others is answered") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  const auto long_request = Post("/length", std::string(3 << 20, 'x'));
  std::atomic<int> served = 0, long_failed = 0;
  std::jthread greedy([&](const std::stop_token& stop) {
    RawClient client(server->port(), RawClient::Over::kTls);
    while (!stop.stop_requested()) long_failed += client.Ask(long_request).body != "3145728";
  });
  {
    std::vector<std::jthread> others;
    for (int i = 0; i < 8; ++i) {
      others.emplace_back([&] {
        RawClient client(server->port(), RawClient::Over::kTls);
        for (int request = 0; request < 100; ++request) served += IsServed(client);
      });
    }
  }
  CHECK(served == 800);
  greedy.request_stop();
  greedy.join();
  CHECK(long_failed == 0);
}

}  // namespace
}  // namespace railhook
