// Floods: who is served, and who is evicted.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

using Over = RawClient::Over;

TEST_CASE("200 handshakes at once all succeed") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 200; ++i) {
      clients.emplace_back([&] { served += Serves(*server, Over::kTls); });
    }
  }
  CHECK(served == 200);
}

TEST_CASE("a flood of silent connections evicts its own, not the clients that were served") {
  const auto server = StartServer({.threads = 3, .max_connections = 20});
  std::list<RawClient> clients;
  for (int i = 0; i < 15; ++i) CHECK(IsServed(clients.emplace_back(server->port())));
  std::list<RawClient> flood;
  for (int i = 0; i < 300; ++i) flood.emplace_back(server->port());
  for (auto& client : clients) CHECK(IsServed(client));
  CHECK(Serves(*server, Over::kPlain));
  CHECK(Eventually([&] { return server->connections() <= 20; }));
}

RawClient& ClientFrom(const char* address, const HttpServer& server,
                      std::list<RawClient>& clients) {
  auto& client = clients.emplace_back(RawClient::MakeSocket(address));
  REQUIRE(client.Connect(server.port()));
  return client;
}

TEST_CASE("a flood of one address evicts its own, not the new connections of others") {
  constexpr std::size_t kOneAddress = 20;
  const auto server = StartServer(
      {.threads = 3, .max_connections = 60, .max_connections_per_address = kOneAddress});
  std::list<RawClient> clients, flood;
  for (int i = 0; i < 10; ++i) CHECK(IsServed(ClientFrom("127.0.0.1", *server, clients)));
  for (int i = 0; i < 10; ++i) ClientFrom("127.0.0.2", *server, clients);  // not served yet
  for (int i = 0; i < 300; ++i) ClientFrom("127.0.0.1", *server, flood);
  CHECK(Eventually([&] { return server->connections() <= kOneAddress + 10; }));
  for (auto& client : clients) CHECK(IsServed(client));
  CHECK(Serves(*server, Over::kPlain));
}

TEST_CASE("an address with too many proven connections loses the one that rests for longest") {
  const auto server = StartServer({.threads = 1, .max_connections_per_address = 3});
  std::list<RawClient> clients;
  auto& other = ClientFrom("127.0.0.2", *server, clients);
  CHECK(IsServed(other));
  RawClient a(server->port()), b(server->port()), c(server->port());
  for (auto* client : {&a, &b, &c, &a}) CHECK(IsServed(*client));
  RawClient d(server->port());
  CHECK(IsServed(d));
  CHECK(b.IsHungUp());
  for (auto* client : {&a, &c, &d, &other}) CHECK(IsServed(*client));
}

TEST_CASE("when all were served, the one that has been idle for longest makes room") {
  const auto server = StartServer({.threads = 1, .max_connections = 3});
  RawClient a(server->port()), b(server->port()), c(server->port());
  for (auto* client : {&a, &b, &c, &a}) CHECK(IsServed(*client));
  RawClient d(server->port());
  CHECK(IsServed(d));
  CHECK(b.IsHungUp());
  for (auto* client : {&a, &c, &d}) CHECK(IsServed(*client));
}

TEST_CASE("when all are busy, a newcomer is hung up on") {
  const auto server = StartServer({.threads = 1, .max_connections = 2});
  RawClient a(server->port()), b(server->port());
  for (auto* client : {&a, &b}) CHECK(IsServed(*client));
  for (auto* client : {&a, &b}) client->Send(kGoodRequest.substr(0, 50));
  // The server may not have read those yet; then one of them was idle and is evicted, rightly.
  RawClient probe(server->port());
  CHECK(probe.HangsUpWithin(std::chrono::seconds(10)));
}

class FileLimit {
 public:
  explicit FileLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("without file descriptors left the server evicts silent connections and goes on") {
  const auto server = StartServer({});
  RawClient proven(server->port());
  REQUIRE(IsServed(proven));
  std::list<RawClient> flood;
  for (int i = 0; i < 60; ++i) flood.emplace_back(RawClient::MakeSocket());
  const FileLimit limit(static_cast<rlim_t>(flood.back().socket()) + 10);
  for (auto& client : flood) client.Connect(server->port());
  CHECK(IsServed(flood.back()));
  CHECK(IsServed(proven));
}

}  // namespace
}  // namespace railhook
