// What a malformed request gets on the wire, and that nobody else notices. The full table of
// headers is http_head_test.cc's.

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "tests/webhook/server/running_server.h"

namespace railhook {
namespace {

using Over = RawClient::Over;

std::string Header(std::string_view lines) {
  return "POST /length HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" +
         std::string(lines) + "\r\n";
}

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("a malformed request is refused and hung up on, and the next client is served") {
  const struct {
    std::string_view name;
    std::string request;
    int want;
  } cases[] = {
      {"chunked", Header("Transfer-Encoding: chunked\r\n") + "5\r\n12345\r\n0\r\n\r\n", 411},
      {"a second request in a gzip body", Header("Transfer-Encoding: gzip\r\n") + kGoodRequest,
       411},
      {"a second request after chunks",
       Header("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + kGoodRequest, 411},
      {"TE and CL", Header("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + kGoodRequest,
       400},
      {"CL and TE", Header("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + kGoodRequest,
       400},
      {"CL twice", Header("Content-Length: 5\r\nContent-Length: 5\r\n") + "12345" + kGoodRequest,
       400},
      {"CL as a list", Header("Content-Length: 5, 5\r\n") + "12345" + kGoodRequest, 400},
      {"CL +5", Header("Content-Length: +5\r\n") + "12345", 400},
      {"CL -1", Header("Content-Length: -1\r\n"), 400},
      {"CL too large to count", Header("Content-Length: 99999999999999999999\r\n"), 400},
      {"CL too large to take", Header("Content-Length: 9999999999\r\n"), 413},
      {"no length", Header("") + kGoodRequest, 411},
      {"two hosts", Header("Host: h\r\n"), 400},
      {"a folded field", Header("A: b\r\n c\r\n"), 400},
      {"101 fields", Header(Repeated("A: b\r\n", 99)), 431},
      {"a header that is too long", Header("A: " + std::string(16 << 10, 'b') + "\r\n"), 431},
      {"a header without end", Header(Repeated("A: b\r\n", 5000)).substr(0, 20'000), 431},
      {"a path without end", "GET /" + std::string(20'000, 'a'), 431},
      {"another expectation", Header("Expect: 200-ok\r\nContent-Length: 5\r\n"), 417},
      {"bare LF", "GET /health HTTP/1.1\nHost: h\n\n", 400},
      {"NUL", Header(std::string_view("A: \0\r\n", 6)), 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"leading CRLF", "\r\n" + kGoodRequest, 400},
      {"noise", Repeated("\x8f\xff\n", 100), 400},
  };
  const auto certificate = TestCertificate();
  const auto plain = StartServer({});
  const auto tls = StartServer({}, certificate.get());
  for (const auto& c : cases) {
    for (const auto over : {Over::kPlain, Over::kTls}) {
      CAPTURE(c.name);
      const auto& server = over == Over::kTls ? *tls : *plain;
      RawClient client(server.port(), over);
      const auto answer = client.Ask(c.request);
      CHECK(answer.status == c.want);
      CHECK(answer.Has("Connection: close"));
      CHECK(answer.Has("Content-Type: text/plain"));
      CHECK(client.IsHungUp());
      CHECK(Serves(server, over));
    }
  }
}

TEST_CASE("after a good request a bad one is still bad") {
  const auto server = StartServer({});
  RawClient client(server->port());
  client.Send(kGoodRequest + "nonsense\r\n\r\n" + kGoodRequest);
  CHECK(client.Read().status == 200);
  CHECK(client.Read().status == 400);
  CHECK(client.IsHungUp());
}

TEST_CASE("a client that announces a ClientHello of 128 KiB is hung up on") {
  const auto certificate = TestCertificate();
  const auto server =
      StartServer({.handshake_deadline = std::chrono::minutes(10)}, certificate.get());
  RawClient client(server->port());
  client.SendRaw(std::string_view("\x16\x03\x01\0\x04\x01\x01\xff\xf0", 9));
  CHECK(client.HangsUpWithin(std::chrono::seconds(20)));
  CHECK(Serves(*server, Over::kTls));
}

TEST_CASE("what is not TLS is hung up on by a TLS server") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  for (const auto& bytes :
       {kGoodRequest, std::string(1000, '\0'), std::string("\x16\x03\x01\xff\xff")}) {
    RawClient client(server->port());
    client.SendRaw(bytes);
    ::shutdown(client.socket(), SHUT_WR);
    CHECK(client.HangsUpWithin(std::chrono::seconds(10)));
    CHECK(Serves(*server, Over::kTls));
  }
}

TEST_CASE("bytes that break TLS in the middle of a request end that connection alone") {
  const auto certificate = TestCertificate();
  const auto server = StartServer({}, certificate.get());
  RawClient client(server->port(), Over::kTls);
  REQUIRE(IsServed(client));
  client.Send(kGoodRequest.substr(0, 20));
  client.SendRaw("this is no record of TLS at all");
  CHECK(client.HangsUpWithin(std::chrono::seconds(10)));
  CHECK(Serves(*server, Over::kTls));
}

}  // namespace
}  // namespace railhook
