#include "webhook/server/http_server.h"

#include <doctest/doctest.h>
#include <httplib.h>

#include <map>
#include <string>
#include <string_view>

#include "tests/webhook/server/running_server.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

using Over = RawClient::Over;

constexpr Over kBoth[] = {Over::kPlain, Over::kTls};

struct Fixture {
  std::unique_ptr<CertificateSource> certificate = TestCertificate();
  std::unique_ptr<HttpServer> plain = StartServer({});
  std::unique_ptr<HttpServer> tls = StartServer({}, certificate.get());

  const HttpServer& server(Over over) const { return over == Over::kTls ? *tls : *plain; }
  RawClient Client(Over over) const { return RawClient(server(over).port(), over); }
};

TEST_CASE_FIXTURE(Fixture, "a client that checks the certificate is served, again and again") {
  httplib::SSLClient client("127.0.0.1", tls->port());
  X509_STORE* trusted = X509_STORE_new();
  const auto ca = ParseCertificates(certificate->Current().value()->ca_pem).value();
  X509_STORE_add_cert(trusted, ca.front().get());
  client.set_ca_cert_store(trusted);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.Post("/length?timeout=5s", std::string(i, 'x'), "application/json");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == std::to_string(i));
  }
  CHECK(tls->connections() == 1);
}

TEST_CASE_FIXTURE(Fixture, "GET and HEAD, in the clear") {
  httplib::Client client("127.0.0.1", plain->port());
  const auto get = client.Get("/health");
  REQUIRE(get);
  CHECK(get->body == "fine");
  CHECK(get->get_header_value("Content-Type") == "text/plain");
  CHECK(get->get_header_value("X-Test") == "1");
  const auto head = client.Head("/health");
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->body.empty());
  CHECK(head->get_header_value("Content-Length") == "4");
}

TEST_CASE_FIXTURE(Fixture, "pipelined requests are answered in their order") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    std::string requests;
    for (int i = 0; i < 50; ++i) requests += Post("/length", std::string(i * 10, 'x'));
    client.Send(requests);
    for (int i = 0; i < 50; ++i) REQUIRE(client.Read().body == std::to_string(i * 10));
    CHECK(IsServed(client));
  }
}

TEST_CASE_FIXTURE(Fixture, "a request in many pieces is put together") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    for (const char byte : kGoodRequest) client.Send(std::string_view(&byte, 1));
    CHECK(client.Read().body == "5");
  }
}

TEST_CASE_FIXTURE(Fixture, "bodies up to the limit are taken") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    for (const std::size_t size : {0ul, 1ul, 16'384ul, 65'536ul, 3ul << 20, 8ul << 20}) {
      CHECK(client.Ask(Post("/length", std::string(size, 'x'))).body == std::to_string(size));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "a body over the limit is refused before it is sent") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    const auto request = Post("/length", std::string((8 << 20) + 1, 'x'));
    const auto answer = client.Ask(request.substr(0, request.find("\r\n\r\n") + 4));
    CHECK(answer.status == 413);
    CHECK(answer.Has("Connection: close"));
    CHECK(client.IsHungUp());
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a client that sends a body over the limit nevertheless sees the refusal") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    CHECK(client.Ask(Post("/length", std::string(9 << 20, 'x'))).status == 413);
    CHECK(client.IsHungUp());
  }
}

TEST_CASE("bodies for which there is no memory are put off, short ones are not") {
  const auto server = StartServer({.max_buffered_bytes = 1 << 20});
  RawClient client(server->port());
  const auto answer = client.Ask(Post("/length", std::string(2 << 20, 'x')));
  CHECK(answer.status == 429);
  CHECK(answer.Has("Retry-After: 1\r\n"));
  CHECK(client.IsHungUp());

  RawClient patient(server->port());
  for (int i = 0; i < 3; ++i) {
    CHECK(patient.Ask(Post("/length", std::string(1 << 20, 'x'))).body == "1048576");
    CHECK(patient.Ask(Post("/length", std::string(16 << 10, 'x'))).body == "16384");
  }
}

TEST_CASE_FIXTURE(Fixture, "an answer of many megabytes arrives whole") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    CHECK(client.Ask(Post("/large", "")).body == std::string(64 << 20, 'x'));
    CHECK(IsServed(client));
  }
}

TEST_CASE_FIXTURE(Fixture, "who expects 100 gets it before the body") {
  for (const auto over : kBoth) {
    auto client = Client(over);
    const auto request = Post("/length", "12345", "Expect: 100-continue\r\n");
    const auto header = request.substr(0, request.size() - 5);
    CHECK(client.Ask(header).status == 100);
    CHECK(client.Ask("12345").body == "5");
    CHECK(client.Ask(request).body == "5");  // the body was there already
  }
}

TEST_CASE_FIXTURE(Fixture, "who expects 100 for a refused request gets the refusal") {
  auto client = Client(Over::kPlain);
  const auto request = Post("/nowhere", "12345", "Expect: 100-continue\r\n");
  CHECK(client.Ask(request.substr(0, request.size() - 5)).status == 404);
  CHECK(client.IsHungUp());
}

TEST_CASE_FIXTURE(Fixture,
                  "a handler that throws is answered with 500, and the connection goes on") {
  for (const std::string path : {"/throw", "/throw-odd"}) {
    CAPTURE(path);
    auto client = Client(Over::kTls);
    const auto answer = client.Ask(Post(path, "{}"));
    CHECK(answer.status == 500);
    CHECK(answer.body.find(" id ") != answer.body.npos);
    CHECK(answer.body.find("secret") == answer.body.npos);
    CHECK(IsServed(client));
  }
}

TEST_CASE("answers count by their status, refusals too") {
  const auto server = StartServer({});
  CHECK(server->answers() == std::map<int, long>{{200, 0}});
  RawClient client(server->port(), Over::kPlain);
  CHECK(IsServed(client));
  CHECK(IsServed(client));
  CHECK(client.Ask(Post("/throw", "{}")).status == 500);
  CHECK(client.Ask("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n").status == 404);
  const std::map<int, long> counted = {{200, 2}, {404, 1}, {500, 1}};
  CHECK(Eventually([&] { return server->answers() == counted; }));
}

TEST_CASE_FIXTURE(Fixture, "a refusal of a request without a body leaves the connection open") {
  auto client = Client(Over::kPlain);
  CHECK(client.Ask("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n").status == 404);
  CHECK(client.Ask("PUT /length HTTP/1.1\r\nHost: h\r\n\r\n").status == 405);
  CHECK(IsServed(client));
}

TEST_CASE_FIXTURE(Fixture, "the connection closes when the client wants it, or speaks HTTP/1.0") {
  const std::string_view requests[] = {
      "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "GET /health HTTP/1.0\r\n\r\n"};
  for (const auto request : requests) {
    for (const auto over : kBoth) {
      CAPTURE(request);
      auto client = Client(over);
      const auto answer = client.Ask(request);
      CHECK(answer.body == "fine");
      CHECK(answer.Has("Connection: close"));
      CHECK(client.IsHungUp());
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "HTTP/1.0 may ask to keep the connection") {
  auto client = Client(Over::kPlain);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(answer.body == "fine");
    CHECK(answer.Has("Connection: keep-alive"));
  }
}

TEST_CASE_FIXTURE(Fixture, "clients that hang up at any moment do no harm") {
  for (const auto over : kBoth) {
    for (std::size_t sent = 0; sent <= kGoodRequest.size(); sent += 7) {
      auto client = Client(over);
      client.Send(kGoodRequest.substr(0, sent));
      client.Reset();
    }
    auto large = Client(over);
    large.Send(Post("/large", ""));
    large.Reset();
    CHECK(Serves(server(over), over));
    CHECK(Eventually([&] { return server(over).connections() == 0; }));
  }
}

TEST_CASE("the server listens on IPv6 and says when it can't listen") {
  const auto v6 = HttpServer::Start({.address = "::"}, nullptr, TestEndpoints());
  if (v6) CHECK(Serves(**v6, Over::kPlain));  // "::" takes IPv4 as well; there may be no IPv6 here

  const auto one = StartServer({});
  const auto two = HttpServer::Start({.port = one->port()}, nullptr, {});
  REQUIRE(!two);
  CHECK(two.error().code == ErrorCode::kUnavailable);
  CHECK(two.error().message == "can't listen on 127.0.0.1 port " + std::to_string(one->port()) +
                                   ": Address already in use");

  const auto name = HttpServer::Start({.address = "localhost"}, nullptr, {});
  REQUIRE(!name);
  CHECK(name.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace railhook
