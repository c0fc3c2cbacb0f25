// More work than can be done in time is put off, not queued.

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

using Over = RawClient::Over;
using std::chrono::milliseconds;

constexpr milliseconds kMostWait{300};

// A server of one loop whose POST /slow holds that loop up until `go`; POST /late does so with its
// only worker, and POST /nap holds the loop for 10 ms.
struct BusyServer {
  std::atomic<int> begun = 0;
  std::latch go{1};
  std::unique_ptr<CertificateSource> certificate = TestCertificate();
  std::unique_ptr<HttpServer> server;

  BusyServer() {
    const auto wait = [this] {
      ++begun;
      go.wait();
      return HttpResponse{.body = "done", .headers = {}};
    };
    const auto nap = [](const HttpRequest&) {
      std::this_thread::sleep_for(milliseconds(10));
      return HttpResponse{.body = "5", .headers = {}};
    };
    auto endpoints = TestEndpoints();
    endpoints.push_back({"POST", "/slow", [wait](const HttpRequest&) { return wait(); }});
    endpoints.push_back(
        {"POST", "/late", [wait](const HttpRequest&) { return LateHttpResponse{wait}; }});
    endpoints.push_back({"POST", "/nap", nap});
    HttpServerOptions options;
    options.threads = 1;
    options.workers = 1;
    options.most_wait = kMostWait;
    server = HttpServer::Start(options, certificate.get(), endpoints).value();
  }

  ~BusyServer() {
    if (!go.try_wait()) go.count_down();
  }

  std::list<RawClient> Clients(int count) const {
    std::list<RawClient> clients;
    while (count-- > 0) clients.emplace_back(server->port(), Over::kTls);
    return clients;
  }

  // Keeps the loop, or its worker, busy with a first request.
  RawClient Hold(std::string_view path) {
    RawClient client(server->port(), Over::kTls);
    client.Send(Post(path, ""));
    REQUIRE(Eventually([this] { return begun == 1; }));
    return client;
  }

  void GoAfter(milliseconds time) {
    std::this_thread::sleep_for(time);
    go.count_down();
  }
};

bool IsPutOff(const RawAnswer& answer) {
  return answer.status == 429 && answer.Has("Retry-After: 1\r\n") &&
         answer.Has("Connection: keep-alive\r\n");
}

TEST_CASE("requests that have waited for too long are put off, and their connections go on") {
  BusyServer busy;
  auto clients = busy.Clients(20);
  auto first = busy.Hold("/slow");
  for (auto& client : clients) client.Send(kGoodRequest);
  busy.GoAfter(kMostWait + milliseconds(10));
  CHECK(first.Read().body == "done");
  for (auto& client : clients) CHECK(IsPutOff(client.Read()));
  CHECK(busy.server->refusals(RefusalReason::kOverload) == 20);
  for (auto& client : clients) CHECK(Eventually([&] { return IsServed(client); }));
}

TEST_CASE("the caller's own timeout may allow less waiting, never more") {
  BusyServer busy;
  auto clients = busy.Clients(3);
  auto first = busy.Hold("/slow");
  const auto query = [](const char* text) {
    return Post("/length?timeout=" + std::string(text), "");
  };
  auto client = clients.begin();
  (client++)->Send(query("0s"));
  (client++)->Send(query("30s"));
  (client++)->Send(query("soon"));
  busy.go.count_down();
  CHECK(first.Read().body == "done");
  client = clients.begin();
  CHECK(IsPutOff((client++)->Read()));
  for (; client != clients.end(); ++client) {
    const auto answer = client->Read();  // 429 where this test was held up
    CHECK((answer.body == "0" || IsPutOff(answer)));
  }
}

TEST_CASE("GET is never put off") {
  BusyServer busy;
  auto clients = busy.Clients(1);
  auto first = busy.Hold("/slow");
  clients.front().Send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  busy.GoAfter(kMostWait + milliseconds(10));
  CHECK(clients.front().Read().body == "fine");
}

TEST_CASE("a late response that finds no worker in time is put off") {
  BusyServer busy;
  auto first = busy.Hold("/late");
  auto clients = busy.Clients(3);
  for (auto& client : clients) client.Send(Post("/late", ""));
  CHECK(Eventually([&] { return Serves(*busy.server, Over::kTls); }));  // they wait for the worker
  busy.GoAfter(kMostWait + milliseconds(10));
  CHECK(first.Read().body == "done");
  for (auto& client : clients) CHECK(IsPutOff(client.Read()));
  CHECK(busy.begun == 1);
}

// Asks as an API server does: again after a 429, at most ten times. How often it was put off; -1
// where no right answer came.
int TimesPutOff(RawClient& client) {
  for (int times = 0; times <= 10; ++times) {
    const auto answer = client.Ask(Post("/nap", "12345"));
    if (answer.status == 200 && answer.body == "5") return times;
    if (!IsPutOff(answer)) return -1;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return -1;
}

TEST_CASE("64 clients at once are all answered, some later, and service is normal again") {
  BusyServer busy;
  auto clients = busy.Clients(64);
  std::atomic<int> put_off = 0;
  std::atomic<int> lost = 0;
  {
    std::vector<std::jthread> threads;
    for (auto& client : clients) {
      threads.emplace_back([&] {
        const int times = TimesPutOff(client);
        (times < 0 ? lost : put_off) += std::abs(times);
      });
    }
  }
  CHECK(lost == 0);
  CHECK(put_off > 0);
  CHECK(busy.server->refusals(RefusalReason::kOverload) == static_cast<unsigned>(put_off));
  CHECK(Eventually([&] { return Serves(*busy.server, Over::kTls); }));
}

}  // namespace
}  // namespace railhook
