// How a server ends: announced, waited for, or at once.

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <list>
#include <thread>
#include <vector>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

using Over = RawClient::Over;
using std::chrono::milliseconds;

milliseconds TimeOf(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
}

TEST_CASE("a draining server answers everybody for the last time") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  RawClient idle(server->port(), Over::kTls);
  REQUIRE(IsServed(idle));
  RawClient half(server->port(), Over::kTls);
  half.Send(kGoodRequest.substr(0, 60));

  server->BeginDrain();
  for (auto* client : {&idle, &half}) {
    client->Send(client == &idle ? kGoodRequest : kGoodRequest.substr(60));
    const auto answer = client->Read();
    CHECK(answer.body == "5");
    CHECK(answer.Has("Connection: close"));
    CHECK(client->IsHungUp());
  }
  RawClient late(server->port(), Over::kTls);
  const auto answer = late.Ask(kGoodRequest);
  CHECK(answer.body == "5");
  CHECK(answer.Has("Connection: close"));
}

bool SendsElsewhere(const RawAnswer& answer) {
  return answer.status == 503 && answer.Has("Retry-After: 0\r\n") &&
         answer.Has("Connection: close\r\n");
}

// Sends a request but for its body, "12345", and sees the server wait for that.
bool Begin(RawClient& client) {
  const auto request = Post("/length", "12345", "Expect: 100-continue\r\n");
  return client.Ask(request.substr(0, request.size() - 5)).status == 100;
}

TEST_CASE("a server that refuses sends everybody elsewhere, but for requests begun before") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  RawClient idle(server->port(), Over::kTls);
  REQUIRE(IsServed(idle));
  RawClient begun(server->port(), Over::kTls);
  REQUIRE(Begin(begun));

  server->BeginDrain();
  server->BeginRefusing();
  CHECK(begun.Ask("12345").body == "5");
  CHECK(begun.IsHungUp());
  CHECK(SendsElsewhere(idle.Ask(kGoodRequest)));
  CHECK(idle.IsHungUp());
  RawClient late(server->port(), Over::kTls);
  CHECK(SendsElsewhere(late.Ask(kGoodRequest)));
  CHECK(server->refusals(RefusalReason::kDraining) == 2);
}

TEST_CASE("Finish answers idle connections as if they had asked, and hangs up") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  std::list<RawClient> clients;
  for (int i = 0; i < 10; ++i) CHECK(IsServed(clients.emplace_back(server->port(), Over::kTls)));
  server->BeginDrain();
  server->BeginRefusing();
  std::jthread finish([&] { server->Finish(milliseconds(100), milliseconds(20'000)); });
  for (auto& client : clients) {
    CHECK(SendsElsewhere(client.Read()));
    CHECK(client.IsHungUp());
  }
  clients.clear();
  finish.join();
  CHECK(server->connections() == 0);
  CHECK(!RawClient(RawClient::MakeSocket()).Connect(server->port()));
}

TEST_CASE("no request is lost while a server ends, however its client times it") {
  const auto certificate = TestCertificate();
  for (int round = 0; round < 20; ++round) {
    const auto server = StartServer({}, certificate.get());
    std::list<RawClient> clients;
    for (int i = 0; i < 8; ++i) CHECK(IsServed(clients.emplace_back(server->port(), Over::kTls)));
    server->BeginDrain();
    server->BeginRefusing();
    std::jthread finish([&] { server->Finish(milliseconds(round), milliseconds(20'000)); });
    for (auto& client : clients) {
      CHECK(SendsElsewhere(client.Ask(kGoodRequest)));
      client.Reset();
    }
  }
}

TEST_CASE("Finish waits for a quiet moment, at most for as long as it may") {
  const auto server = StartServer({});
  CHECK(TimeOf([&] { server->Finish(milliseconds(60'000), milliseconds(60'000)); }) <
        milliseconds(20'000));

  const auto busy = StartServer({});
  RawClient begun(busy->port());
  REQUIRE(Begin(begun));
  busy->BeginDrain();
  CHECK(TimeOf([&] { busy->Finish(milliseconds(0), milliseconds(300)); }) >= milliseconds(300));
  CHECK(begun.Ask("12345").body == "5");
}

TEST_CASE("a server may end while its connections are in any state") {
  const auto certificate = TestCertificate();
  for (int i = 0; i < 10; ++i) {
    auto tls = StartServer({}, certificate.get());
    auto plain = StartServer({});
    RawClient silent(tls->port());
    RawClient shaking(tls->port());
    shaking.SendRaw(shaking.ClientHello().substr(0, 50));
    RawClient idle(tls->port(), Over::kTls);
    CHECK(IsServed(idle));
    RawClient sending(tls->port(), Over::kTls);
    sending.Send(kGoodRequest.substr(0, 100));
    RawClient reading(tls->port(), Over::kTls);
    reading.Send(Post("/large", ""));
    RawClient leaving(plain->port());
    CHECK(leaving.Ask("GET /health HTTP/1.0\r\n\r\n").status == 200);
    tls.reset();
    plain.reset();
    CHECK(idle.HangsUpWithin(milliseconds(5000)));
  }
}

TEST_CASE("a server may end under load") {
  auto server = StartServer({.threads = 3});
  const auto port = server->port();
  std::atomic<bool> over = false;
  std::atomic<int> served = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      while (!over) {
        RawClient client(port);
        while (IsServed(client)) ++served;
      }
    });
  }
  CHECK(Eventually([&] { return served > 500; }));
  server.reset();
  over = true;
}

}  // namespace
}  // namespace railhook
