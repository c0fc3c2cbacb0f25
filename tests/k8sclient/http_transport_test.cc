#include "k8sclient/http_transport.h"

#include <doctest/doctest.h>

#include <barrier>
#include <chrono>
#include <functional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/k8sclient/scripted_server.h"
#include "tests/k8sclient/transport_fixture.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

TEST_CASE_FIXTURE(RepeatingServer, "calls share a connection and show the token") {
  auto config = Config();
  config.credentials.token = "secret";
  const auto transport = Connect(config);
  for (int i = 0; i < 20; ++i) {
    CHECK(Show(transport->Send(Get("/api/v1/pods?limit=1&continue=a%2Bb%26c"), {})) ==
          "200 GET /api/v1/pods?limit=1&continue=a%2Bb%26c Bearer secret ");
  }
  CHECK(api.connections() == 1);
}

TEST_CASE_FIXTURE(RepeatingServer, "every method, with a body and its type") {
  const auto transport = Connect(Config());
  CHECK(Show(transport->Send(Post("/a", "{}"), {})) == "200 POST /a  {}");
  auto request = Post("/a", "[]");
  request.method = "PATCH";
  CHECK(Show(transport->Send(request, {})) == "200 PATCH /a  []");
  request = Get("/a");
  request.method = "DELETE";
  CHECK(Show(transport->Send(request, {})) == "200 DELETE /a  ");
  CHECK(api.connections() == 1);
}

TEST_CASE("the headers that an API server reads") {
  ApiServer api(Server());
  api.server().Post("/", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(
        request.get_header_value("Accept") + '|' + request.get_header_value("Content-Type") + '|' +
            request.get_header_value("User-Agent") + '|' + request.get_header_value("Host"),
        "text/plain");
  });
  const int port = api.Start();
  auto request = Post("/", "x");
  request.accept = "application/json;as=Table";
  request.content_type = "application/merge-patch+json";
  CHECK(Show(Connect(ConfigFor(port), {.user_agent = "me/1"})->Send(request, {})) ==
        "200 application/json;as=Table|application/merge-patch+json|me/1|127.0.0.1:" +
            std::to_string(port));
}

TEST_CASE_FIXTURE(RepeatingServer, "a server may have a path, and a name instead of an address") {
  auto config = ConfigFor(api.port(), "localhost");
  config.server += "/k8s/clusters/c-1";
  CHECK(Show(Connect(config)->Send(Get("/api"), {})) == "200 GET /k8s/clusters/c-1/api  ");
}

TEST_CASE("an IPv6 server") {
  ApiServer api(Server());
  api.server().Get("/", [](const auto&, auto& response) { response.set_content("six", ""); });
  const int port = api.Start("::1");
  CHECK(Show(Connect(ConfigFor(port, "[::1]"))->Send(Get("/"), {})) == "200 six");
}

TEST_CASE("a server in the clear, as of kubectl proxy") {
  const ScriptedServer server([](Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Answer("clear");
  });
  auto config = ConfigFor(server.port());
  config.server.replace(0, 5, "http");
  const auto transport = Connect(config);
  for (int i = 0; i < 3; ++i) CHECK(Show(transport->Send(Get("/"), {})) == "200 clear");
  CHECK(server.connections() == 1);
}

TEST_CASE_FIXTURE(RepeatingServer, "user name and password") {
  auto config = Config();
  config.credentials.username = "Aladdin";
  config.credentials.password = "open sesame";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "200 GET / Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== ");
}

TEST_CASE("statuses are answers") {
  ApiServer api(Server());
  api.server().Get("/busy", [](const auto&, auto& response) {
    response.status = 429;
    response.set_content("later", "text/plain");
  });
  api.server().Get("/broken", [](const auto&, auto& response) { response.status = 500; });
  const auto transport = Connect(ConfigFor(api.Start()));
  CHECK(Show(transport->Send(Get("/busy"), {})) == "429 later");
  CHECK(Show(transport->Send(Get("/broken"), {})) == "500 ");
  CHECK(Show(transport->Send(Get("/nowhere"), {})) == "404 ");
}

TEST_CASE_FIXTURE(RepeatingServer, "an answer that is too long is refused") {
  const auto transport = Connect(Config(), {.longest_answer = 20});
  CHECK(Show(transport->Send(Get("/1234567"), {})) == "200 GET /1234567  ");
  CHECK(Show(transport->Send(Get("/123456789012345"), {})) ==
        "the answer to GET is longer than 20 bytes");
}

TEST_CASE("calls don't wait for each other") {
  std::barrier all(4);
  ApiServer api(Server());
  api.server().Get("/", [&](const auto&, auto&) { all.arrive_and_wait(); });
  const auto transport = Connect(ConfigFor(api.Start()));
  std::atomic<int> served = 0;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] { served += transport->Send(Get("/"), {}).has_value(); });
    }
  }
  CHECK(served == 8);
  CHECK(api.connections() == 4);
}

std::string RefusalOf(const ClusterConfig& config) {
  const auto made = MakeHttpTransport(config);
  return made ? "accepted" : made.error().message;
}

TEST_CASE("what can't be used is refused at once") {
  const auto config = ConfigFor(1);
  auto other = config;
  other.server = "http://127.0.0.1:1";
  other.credentials.token = "secret";
  CHECK(RefusalOf(other) ==
        "server: http would show the credentials to everybody on the way: write https, or a user "
        "without any");
  other = config;
  other.proxy_url = "socks5://proxy";
  CHECK(RefusalOf(other) ==
        "proxy-url: its scheme is \"socks5\", and only HTTP proxies are supported: write "
        "http://HOST:PORT");
  other = config;
  other.ca_pem = "secret";
  CHECK(RefusalOf(other) == "certificate authority: no certificate in PEM form");
  other = config;
  other.ca_file = "/nowhere/ca.crt";
  CHECK(RefusalOf(other) == "/nowhere/ca.crt: No such file or directory");
  other = config;
  other.credentials.token = "se cret";
  CHECK(RefusalOf(other) == "the token has a character that no token can have");
  other = config;
  other.credentials.token_file = "/dev/null";
  CHECK(RefusalOf(other) == "/dev/null: the token is empty");
}

// Collects what comes; the stream ends when it has come to `enough` bytes.
struct Collect {
  std::string text;
  std::size_t enough = std::string::npos;

  std::function<bool(std::string_view)> Sink() {
    return [this](std::string_view bytes) {
      text += bytes;
      return text.size() < enough;
    };
  }
};

TEST_CASE("a stream hands out what comes when it comes, until its end") {
  std::binary_semaphore got(0);
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    got.acquire();  // the second piece comes only after the first has arrived
    peer.Write("3\r\ntwo\r\n0\r\n\r\n");
    peer.ReadAll();
  });
  const auto transport = Connect(ConfigFor(server.port()));
  std::string text;
  const auto response = transport->Stream(Get("/"),
                                          [&](std::string_view bytes) {
                                            text += bytes;
                                            if (text == "one") got.release();
                                            return true;
                                          },
                                          {});
  CHECK(Show(response) == "200 ");
  CHECK(text == "onetwo");
}

TEST_CASE("who reads a stream can end it") {
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    peer.ReadAll();
  });
  Collect collect{.text = "", .enough = 3};
  CHECK(Show(Connect(ConfigFor(server.port()))->Stream(Get("/"), collect.Sink(), {})) == "200 ");
  CHECK(collect.text == "one");
}

TEST_CASE("a stream's refusal is a whole response") {
  ApiServer api(Server());
  api.server().Get("/", [](const auto&, auto& response) {
    response.status = 410;
    response.set_content("too old", "text/plain");
  });
  Collect collect;
  CHECK(Show(Connect(ConfigFor(api.Start()))->Stream(Get("/"), collect.Sink(), {})) ==
        "410 too old");
  CHECK(collect.text == "");
}

TEST_CASE("a stream that falls silent is given up, one that goes on isn't") {
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    peer.ReadAll();
  });
  const auto transport = Connect(ConfigFor(server.port()), {.stream_silence = milliseconds(100)});
  Collect collect;
  CHECK(Show(transport->Stream(Get("/"), collect.Sink(), {})) == "SERVER: it was silent for 0.1 s");
  CHECK(collect.text == "one");
}

TEST_CASE("a stream that doesn't begin is given up, one that has begun may be silent") {
  const ScriptedServer mute(Server(), [](Peer& peer) {
    peer.ReadRequest();
    peer.ReadAll();
  });
  Collect collect;
  CHECK(Show(Connect(ConfigFor(mute.port()), {.answer_timeout = milliseconds(100)})
                 ->Stream(Get("/x"), collect.Sink(), {})) == "GET /x: no answer came in time");
  const milliseconds patience(2'000);
  const ScriptedServer slow(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::this_thread::sleep_for(patience + patience / 4);
    peer.Write("3\r\none\r\n0\r\n\r\n");
    peer.ReadAll();
  });
  CHECK(Show(Connect(ConfigFor(slow.port()), {.answer_timeout = patience})
                 ->Stream(Get("/x"), collect.Sink(), {})) == "200 ");
  CHECK(collect.text == "one");
}

TEST_CASE("a stream that breaks off is no end") {
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    peer.Abort();
  });
  Collect collect;
  CHECK(Show(Connect(ConfigFor(server.port()))->Stream(Get("/"), collect.Sink(), {})) ==
        "SERVER: the connection broke off before the whole answer had come");
}

}  // namespace
}  // namespace railhook
