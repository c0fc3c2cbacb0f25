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

TEST_CASE("AwaitQuiet returns when the last connection has gone, or when patience is over") {
  const auto server = StartServer({});
  CHECK(TimeOf([&] { server->AwaitQuiet(milliseconds(20'000)); }) < milliseconds(5000));

  RawClient client(server->port());
  REQUIRE(IsServed(client));
  server->BeginDrain();
  CHECK(TimeOf([&] { server->AwaitQuiet(milliseconds(100)); }) >= milliseconds(100));

  std::jthread last([&] {
    client.Ask(kGoodRequest);
    client.Reset();
  });
  CHECK(TimeOf([&] { server->AwaitQuiet(milliseconds(20'000)); }) < milliseconds(5000));
  CHECK(server->connections() == 0);
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
