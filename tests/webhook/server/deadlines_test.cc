// Clients that are slow on purpose, or dead, are cut off in time; meanwhile others are served.

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

using Over = RawClient::Over;
using std::chrono::milliseconds;

constexpr milliseconds kSoon{150};
constexpr milliseconds kNever{60'000};

// The server hangs up while the client sends a byte every 20 ms.
bool IsCutWhileDribbling(RawClient& client, std::string_view bytes) {
  for (const char byte : bytes) {
    if (!client.SendRaw(std::string_view(&byte, 1))) return true;
    if (client.HangsUpWithin(milliseconds(20))) return true;
  }
  return false;
}

HttpServerOptions NoDeadlines() {
  return {.handshake_deadline = kNever,
          .header_deadline = kNever,
          .request_deadline = kNever,
          .idle_deadline = kNever};
}

// One server on which only the deadline that `set` shortens can pass.
struct Server {
  template <typename Set>
  explicit Server(Set set) : options(NoDeadlines()) {
    set(options);
    server = StartServer(options, certificate.get());
  }

  // That it has cut the client off, and serves others.
  bool IsFree() {
    return Eventually([&] { return server->connections() == 0; }) && Serves(*server, Over::kTls);
  }

  HttpServerOptions options;
  std::unique_ptr<CertificateSource> certificate = TestCertificate();
  std::unique_ptr<HttpServer> server;
};

TEST_CASE("a client that says nothing is cut at the deadline of the handshake") {
  Server slow([](auto& options) { options.handshake_deadline = kSoon; });
  RawClient client(slow.server->port());
  CHECK(Serves(*slow.server, Over::kTls));
  CHECK(client.HangsUpWithin(milliseconds(5000)));
  CHECK(slow.IsFree());
}

TEST_CASE("a client that dribbles its handshake is cut at the deadline of the handshake") {
  Server slow([](auto& options) { options.handshake_deadline = kSoon; });
  RawClient client(slow.server->port());
  const auto hello = client.ClientHello();
  CHECK(IsCutWhileDribbling(client, hello));
  CHECK(slow.IsFree());
}

TEST_CASE("a client without a request is cut at the deadline for idle ones") {
  Server slow([](auto& options) { options.idle_deadline = kSoon; });
  RawClient fresh(slow.server->port(), Over::kTls);
  RawClient served(slow.server->port(), Over::kTls);
  CHECK(IsServed(served));
  CHECK(fresh.IsHungUp());  // with a close_notify, which only an idle one gets
  CHECK(served.IsHungUp());
  CHECK(slow.IsFree());
}

TEST_CASE("a client that dribbles its header is cut at the deadline of the header") {
  Server slow([](auto& options) { options.header_deadline = kSoon; });
  RawClient client(slow.server->port(), Over::kTls);
  client.Send("GET /");
  CHECK(client.HangsUpWithin(milliseconds(5000)));

  const auto plain = StartServer(slow.options);
  RawClient dribbling(plain->port());
  CHECK(IsCutWhileDribbling(dribbling, std::string(1000, 'x')));
  CHECK(slow.IsFree());
}

TEST_CASE("a client that dribbles its body is cut at the deadline of the request") {
  Server slow([](auto& options) { options.request_deadline = kSoon; });
  RawClient client(slow.server->port(), Over::kTls);
  client.Send(kGoodRequest.substr(0, kGoodRequest.size() - 1));
  CHECK(client.HangsUpWithin(milliseconds(5000)));

  const auto plain = StartServer(slow.options);
  RawClient dribbling(plain->port());
  CHECK(IsCutWhileDribbling(dribbling, Post("/length", std::string(1000, 'x'))));
  CHECK(slow.IsFree());
}

TEST_CASE("a client that never reads its answer is cut at the deadline of the request") {
  Server slow([](auto& options) { options.request_deadline = milliseconds(1000); });
  RawClient over_tls(slow.server->port(), Over::kTls);
  over_tls.Send(Post("/large", ""));
  CHECK(slow.IsFree());

  const auto plain = StartServer(slow.options);
  RawClient in_the_clear(plain->port());
  in_the_clear.Send(Post("/large", ""));
  CHECK(Eventually([&] { return plain->connections() == 1; }));
  CHECK(Eventually([&] { return plain->connections() == 0; }));
}

TEST_CASE("a client that asks on and on and never reads is cut at the deadline of the request") {
  Server slow([](auto& options) { options.request_deadline = milliseconds(1000); });
  const auto plain = StartServer(slow.options);
  RawClient client(RawClient::MakeSocket());
  const int small = 4096;  // of what it lets wait for it, so that the server's buffer is soon full
  ::setsockopt(client.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  REQUIRE(client.Connect(plain->port()));
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
  int sent = 0;
  while (sent < 1000 && client.SendRaw(requests)) ++sent;
  CHECK(sent < 1000);  // it was cut; until then the server took no more than buffers hold
  CHECK(Eventually([&] { return plain->connections() == 0; }));
}

TEST_CASE("a client that doesn't hang up after its last answer is cut all the same") {
  Server slow([](auto&) {});
  RawClient client(slow.server->port(), Over::kTls);
  CHECK(client.Ask("GET /health HTTP/1.0\r\n\r\n").status == 200);
  CHECK(slow.server->connections() == 1);
  CHECK(slow.IsFree());
}

TEST_CASE("deadlines that were met don't count any more") {
  Server slow([](auto& options) {
    options.handshake_deadline = options.header_deadline = options.request_deadline = kSoon;
  });
  RawClient client(slow.server->port(), Over::kTls);
  CHECK(IsServed(client));
  CHECK(!client.HangsUpWithin(3 * kSoon));
  CHECK(IsServed(client));
}

TEST_CASE("an idle connection is kept for twice as long as API servers keep theirs") {
  CHECK(HttpServerOptions().idle_deadline == std::chrono::seconds(180));
}

TEST_CASE("the deadline of a request begins with its first byte") {
  Server slow([](auto& options) { options.request_deadline = 4 * kSoon; });
  RawClient client(slow.server->port(), Over::kTls);
  for (int i = 0; i < 4; ++i) {
    client.Send(kGoodRequest.substr(0, 10));
    CHECK(!client.HangsUpWithin(kSoon));
    client.Send(kGoodRequest.substr(10));
    CHECK(client.Read().status == 200);
  }
}

}  // namespace
}  // namespace railhook
