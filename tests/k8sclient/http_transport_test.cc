#include "k8sclient/http_transport.h"

#include <doctest/doctest.h>

#include <barrier>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "tests/certs/temporary_directory.h"
#include "tests/k8sclient/api_server.h"
#include "tests/k8sclient/plugin_script.h"
#include "tests/k8sclient/scripted_server.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

const Authority& Ca() {
  static const Authority authority = TestAuthority();
  return authority;
}

const Certificate& Server() {
  static const Certificate certificate =
      SignedFor(Ca(), {.dns = {"localhost"}, .ips = {"127.0.0.1", "::1"}});
  return certificate;
}

// Of an authority that is not the server's.
const Certificate& Stranger() {
  static const Certificate certificate =
      SignedFor(TestAuthority(), {.dns = {"stranger"}, .ips = {"127.0.0.1"}});
  return certificate;
}

ClusterConfig ConfigFor(int port, const std::string& host = "127.0.0.1") {
  ClusterConfig config;
  config.server = "https://" + host + ':' + std::to_string(port);
  config.ca_pem = Server().ca_pem;
  return config;
}

std::unique_ptr<Transport> Connect(const ClusterConfig& config, HttpTransportOptions options = {}) {
  auto made = MakeHttpTransport(config, std::move(options));
  REQUIRE_MESSAGE(made, made.error().message);
  return std::move(made).Take();
}

std::string RefusalOf(const ClusterConfig& config) {
  const auto made = MakeHttpTransport(config);
  return made ? "accepted" : made.error().message;
}

ApiRequest Get(std::string path) {
  ApiRequest request;
  request.path = std::move(path);
  return request;
}

ApiRequest Post(std::string path, std::string body) {
  ApiRequest request = Get(std::move(path));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// "200 body", or the error's text, in which the server is called SERVER.
std::string Show(const Result<ApiResponse>& response) {
  if (response) return std::to_string(response->status) + ' ' + response->body;
  CHECK(response.error().code == ErrorCode::kUnavailable);
  std::string text = response.error().message;
  const auto begin = text.find("https://127.0.0.1:");
  if (begin == text.npos) return text;
  return text.replace(begin, text.find(": ", begin) - begin, "SERVER");
}

// A server that repeats what it is asked.
struct Fixture {
  ApiServer api{Server()};

  Fixture() {
    const auto repeat = [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.method + ' ' + request.target + ' ' +
                               request.get_header_value("Authorization") + ' ' + request.body,
                           "text/plain");
    };
    api.server().Get(".*", repeat);
    api.server().Post(".*", repeat);
    api.server().Patch(".*", repeat);
    api.server().Delete(".*", repeat);
    api.Start();
  }

  ClusterConfig Config() const { return ConfigFor(api.port()); }
};

TEST_CASE_FIXTURE(Fixture, "calls share a connection and show the token") {
  auto config = Config();
  config.credentials.token = "secret";
  const auto transport = Connect(config);
  for (int i = 0; i < 20; ++i) {
    CHECK(Show(transport->Send(Get("/api/v1/pods?limit=1&continue=a%2Fb"), {})) ==
          "200 GET /api/v1/pods?limit=1&continue=a%2Fb Bearer secret ");
  }
  CHECK(api.connections() == 1);
}

TEST_CASE_FIXTURE(Fixture, "every method, with a body and its type") {
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

TEST_CASE_FIXTURE(Fixture, "a server may have a path, and a name instead of an address") {
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

TEST_CASE_FIXTURE(Fixture, "user name and password") {
  auto config = Config();
  config.credentials.username = "Aladdin";
  config.credentials.password = "open sesame";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "200 GET / Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== ");
}

TEST_CASE("statuses are answers, and Retry-After comes along") {
  ApiServer api(Server());
  api.server().Get("/busy", [](const auto&, auto& response) {
    response.status = 429;
    response.set_header("Retry-After", "7");
    response.set_content("later", "text/plain");
  });
  api.server().Get("/broken", [](const auto&, auto& response) {
    response.status = 500;
    response.set_header("Retry-After", "Sat, 21 Nov 2026 12:00:00 GMT");
  });
  const auto transport = Connect(ConfigFor(api.Start()));
  const auto busy = transport->Send(Get("/busy"), {});
  CHECK(Show(busy) == "429 later");
  CHECK(busy->retry_after == std::chrono::seconds(7));
  const auto broken = transport->Send(Get("/broken"), {});
  CHECK(Show(broken) == "500 ");
  CHECK_FALSE(broken->retry_after);
  CHECK(Show(transport->Send(Get("/nowhere"), {})) == "404 ");
}

// Who the server is

TEST_CASE_FIXTURE(Fixture, "a server of another authority is refused") {
  auto config = Config();
  config.ca_pem = Stranger().ca_pem;
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: unable to get local issuer certificate");
}

TEST_CASE_FIXTURE(Fixture, "the system's authorities don't vouch for a private cluster") {
  auto config = Config();
  config.ca_pem = "";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: unable to get local issuer certificate");
}

TEST_CASE_FIXTURE(Fixture, "a server of another name is refused") {
  auto config = Config();
  config.tls_server_name = "elsewhere";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: it is not for \"elsewhere\" but for DNS:localhost, IP "
        "Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  config.tls_server_name = "127.0.0.2";
  CHECK(Show(Connect(config)->Send(Get("/"), {})).find("is not for \"127.0.0.2\"") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "tls-server-name is what is verified, not the host") {
  const auto certificate = SignedFor(Ca(), {.dns = {"kubernetes"}, .ips = {}});
  std::string asked_for;
  const auto remember = [&](SSL* ssl, int*, void*) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    asked_for = name ? name : "nobody";
    return SSL_TLSEXT_ERR_OK;
  };
  static std::function<int(SSL*, int*, void*)> on_name;
  on_name = remember;
  ApiServer other(certificate);
  SSL_CTX_set_tlsext_servername_callback(
      other.server().ssl_context(),
      +[](SSL* ssl, int* alert, void* data) { return on_name(ssl, alert, data); });
  auto config = ConfigFor(other.Start());
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: it is not for \"127.0.0.1\" but for DNS:kubernetes");
  CHECK(asked_for == "nobody");  // an address is no name
  config.tls_server_name = "kubernetes";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "404 ");
  CHECK(asked_for == "kubernetes");
}

TEST_CASE("without verification any server will do") {
  ApiServer api(Stranger());
  auto config = ConfigFor(api.Start());
  config.ca_pem = "";
  config.insecure_skip_tls_verify = true;
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "404 ");
}

TEST_CASE("TLS 1.2 at least") {
  ApiServer old(Server());
  SSL_CTX_set_min_proto_version(old.server().ssl_context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.server().ssl_context(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(old.server().ssl_context(), "ALL:@SECLEVEL=0");
  CHECK(Show(Connect(ConfigFor(old.Start()))->Send(Get("/"), {}))
            .starts_with("SERVER: the TLS handshake failed: "));
}

TEST_CASE_FIXTURE(Fixture, "an authority's file is read again when it changes") {
  const TemporaryDirectory directory;
  directory.Write("ca.crt", Stranger().ca_pem);
  auto config = Config();
  config.ca_file = directory.path() / "ca.crt";
  const auto transport = Connect(config);
  CHECK_FALSE(transport->Send(Get("/"), {}));
  directory.Write("ca.crt", Server().ca_pem);
  CHECK(ComesTrue([&] { return transport->Send(Get("/"), {}).has_value(); }));
  directory.Write("ca.crt", "not a certificate");  // the last good one stays
  directory.Write("ca.crt", Stranger().ca_pem);
  CHECK(ComesTrue([&] { return !transport->Send(Get("/"), {}).has_value(); }));
}

// Who we are

TEST_CASE("a client certificate is shown, and again when its files change") {
  const auto client = SignedFor(Ca(), {.dns = {"client"}, .ips = {}});
  ApiServer api(Server());
  api.AskForCertificates(Server().ca_pem);
  api.server().Get("/", [](const httplib::Request& request, httplib::Response& response) {
    const X509Handle shown(SSL_get1_peer_certificate(request.ssl));
    response.set_content(shown ? CommonName(*shown) : "nobody", "text/plain");
  });
  auto config = ConfigFor(api.Start());
  CHECK(Show(Connect(config)->Send(Get("/"), {})).starts_with("SERVER: "));
  const TemporaryDirectory directory;
  directory.Write("a.crt", client.chain_pem);
  directory.Write("a.key", client.key_pem);
  config.credentials.client_certificate_pem = client.chain_pem;
  config.credentials.client_key_pem = client.key_pem;
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "200 client");
  config.credentials.client_certificate_file = directory.path() / "a.crt";
  config.credentials.client_key_file = directory.path() / "a.key";
  const auto transport = Connect(config);
  CHECK(Show(transport->Send(Get("/"), {})) == "200 client");
  const auto renewed = SignedFor(Ca(), {.dns = {"renewed"}, .ips = {}});
  directory.Write("a.crt", renewed.chain_pem);
  directory.Write("a.key", renewed.key_pem);
  CHECK(ComesTrue([&] { return Show(transport->Send(Get("/"), {})) == "200 renewed"; }));
}

TEST_CASE_FIXTURE(Fixture, "a token's file is read again when it changes") {
  const TemporaryDirectory directory;
  directory.Write("token", "one\n");
  auto config = Config();
  config.credentials.token = "overruled";
  config.credentials.token_file = directory.path() / "token";
  const auto transport = Connect(config);
  CHECK(Show(transport->Send(Get("/"), {})) == "200 GET / Bearer one ");
  directory.Write("token", "two\n");
  CHECK(ComesTrue([&] { return Show(transport->Send(Get("/"), {})) == "200 GET / Bearer two "; }));
}

// Lets in whoever has the token of the moment.
struct Guarded {
  std::mutex mutex;
  std::string token = "one";
  std::atomic<int> refusals = 0;
  ApiServer api{Server()};

  Guarded() {
    api.server().Get("/", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex);
      const bool is_known = request.get_header_value("Authorization") == "Bearer " + token;
      response.status = is_known ? 200 : 401;
      if (!is_known) ++refusals;
      response.set_content(token, "text/plain");
    });
    api.Start();
  }

  void Expect(const std::string& next) {
    const std::lock_guard lock(mutex);
    token = next;
  }

  ClusterConfig ConfigWith(const PluginScript& script) const {
    auto config = ConfigFor(api.port());
    config.credentials = script.Config().credentials;
    return config;
  }
};

TEST_CASE_FIXTURE(Guarded, "a plugin runs once, and again when its token is refused") {
  const PluginScript script("print_token $(cat \"$0.token\")");
  script.directory().Write("plugin.token", "one");
  const auto transport = Connect(ConfigWith(script));
  for (int i = 0; i < 5; ++i) CHECK(Show(transport->Send(Get("/"), {})) == "200 one");
  CHECK(script.runs() == 1);
  Expect("two");
  script.directory().Write("plugin.token", "two");
  CHECK(Show(transport->Send(Get("/"), {})) == "200 two");
  CHECK(script.runs() == 2);
  CHECK(refusals == 1);
  Expect("three");  // which the plugin doesn't know: one more try, then the answer is 401
  CHECK(Show(transport->Send(Get("/"), {})) == "401 three");
  CHECK(script.runs() == 3);
  CHECK(refusals == 3);
}

TEST_CASE_FIXTURE(Guarded, "a plugin runs again when its credentials have expired") {
  const PluginScript script("print_token one 2020-01-01T00:00:00Z");
  const auto transport = Connect(ConfigWith(script));
  for (int i = 0; i < 3; ++i) CHECK(Show(transport->Send(Get("/"), {})) == "200 one");
  CHECK(script.runs() == 3);
  const PluginScript lasting("print_token one 2100-01-01T00:00:00+01:00");
  const auto other = Connect(ConfigWith(lasting));
  for (int i = 0; i < 3; ++i) CHECK(Show(other->Send(Get("/"), {})) == "200 one");
  CHECK(lasting.runs() == 1);
}

TEST_CASE_FIXTURE(Guarded, "callers at the same time share one run of a plugin") {
  const PluginScript script("while ! [ -e \"$0.go\" ]; do sleep 0.01; done; print_token one");
  const auto transport = Connect(ConfigWith(script));
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] { served += Show(transport->Send(Get("/"), {})) == "200 one"; });
    }
    CHECK(ComesTrue([&] { return script.runs() == 1; }));
    script.directory().Write("plugin.go", "");
  }
  CHECK(served == 4);
  CHECK(script.runs() == 1);
}

TEST_CASE_FIXTURE(Guarded, "a plugin that fails leaves nothing to show") {
  const PluginScript script("echo 'no luck' >&2; exit 1");
  const auto response = Connect(ConfigWith(script))->Send(Get("/"), {});
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::kUnauthorized);
  CHECK(response.error().message ==
        "credential plugin \"" + script.path() + "\" ended with status 1: no luck");
}

TEST_CASE_FIXTURE(Guarded, "a token in the configuration makes a plugin needless") {
  const PluginScript script("exit 1");
  auto config = ConfigWith(script);
  config.credentials.token = "one";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "200 one");
  CHECK(script.runs() == 0);
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
  CHECK(RefusalOf(other) == "no certificate in PEM form");
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

// Connections that fail

TEST_CASE("a server that isn't there, and one that speaks no TLS") {
  int port = 0;
  {
    const ScriptedServer gone([](Peer&) {});
    port = gone.port();
  }
  CHECK(Show(Connect(ConfigFor(port))->Send(Get("/"), {})) ==
        "SERVER: it can't be connected to: refused or unreachable");
  const ScriptedServer plain([](Peer& peer) {
    peer.Read();
    peer.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.Close();
  });
  CHECK(Show(Connect(ConfigFor(plain.port()))->Send(Get("/"), {})) ==
        "SERVER: the TLS handshake failed: wrong version number");
}

TEST_CASE("a kept connection that the server has closed is replaced, for a POST too") {
  std::atomic<int> closed = 0;
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Answer(std::to_string(peer.number()));
    peer.Close();
    ++closed;
  });
  const auto transport = Connect(ConfigFor(server.port()));
  CHECK(Show(transport->Send(Get("/"), {})) == "200 1");
  CHECK(ComesTrue([&] { return closed == 1; }));
  CHECK(Show(transport->Send(Post("/", "{}"), {})) == "200 2");
  CHECK(ComesTrue([&] { return closed == 2; }));
  CHECK(Show(transport->Send(Get("/"), {})) == "200 3");
}

TEST_CASE("a request that meets the server's goodbye is repeated if it is a GET") {
  std::atomic<int> posts = 0;
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Answer(std::to_string(peer.number()));
    posts += peer.ReadRequest().starts_with("POST");
    peer.Close();
  });
  const auto transport = Connect(ConfigFor(server.port()));
  CHECK(Show(transport->Send(Get("/"), {})) == "200 1");
  CHECK(Show(transport->Send(Get("/"), {})) == "200 2");
  CHECK(Show(transport->Send(Post("/", "{}"), {})) ==
        "SERVER: the connection broke off before the whole answer had come");
  CHECK(posts == 1);
  CHECK(server.connections() == 2);
}

TEST_CASE("a GET is not repeated on and on") {
  const ScriptedServer server(Server(), [&](Peer& peer) { peer.ReadRequest(); });
  CHECK(Show(Connect(ConfigFor(server.port()))->Send(Get("/"), {})) ==
        "SERVER: the connection broke off before the whole answer had come");
  CHECK(server.connections() == 1);
}

TEST_CASE("an answer that breaks off is none") {
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  CHECK(Show(Connect(ConfigFor(server.port()))->Send(Get("/"), {})) ==
        "SERVER: the connection broke off before the whole answer had come");
  CHECK(server.connections() == 1);
}

TEST_CASE("what is no HTTP is no answer") {
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    peer.Write("SMTP ready\r\n\r\n");
  });
  CHECK_FALSE(Connect(ConfigFor(server.port()))->Send(Get("/"), {}));
}

TEST_CASE("a peer that resets the connection doesn't end the process") {
  const ScriptedServer server(Server(), [](Peer& peer) {
    peer.Read();
    peer.Abort();
  });
  const auto transport = Connect(ConfigFor(server.port()));
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(transport->Send(Post("/", std::string(16 << 20, 'x')), {}));
  }
}

TEST_CASE("a server that stays silent is given up") {
  const ScriptedServer server(Server(), [](Peer& peer) { peer.ReadAll(); });
  const auto transport = Connect(ConfigFor(server.port()), {.answer_timeout = milliseconds(100)});
  CHECK(Show(transport->Send(Get("/"), {})) == "SERVER: it was silent for 0.1 s");
}

TEST_CASE("a server that doesn't read is given up") {
  std::binary_semaphore done(0);
  const ScriptedServer server(Server(), [&](Peer&) { done.acquire(); });
  const auto transport = Connect(ConfigFor(server.port()), {.answer_timeout = milliseconds(100)});
  CHECK_FALSE(transport->Send(Post("/", std::string(64 << 20, 'x')), {}));
  done.release();
}

TEST_CASE("a server that never finishes the handshake is given up") {
  const ScriptedServer server([](Peer& peer) { peer.ReadAll(); });
  const auto transport = Connect(ConfigFor(server.port()), {.connect_timeout = milliseconds(100)});
  CHECK(Show(transport->Send(Get("/"), {})) == "SERVER: the TLS handshake took longer than 0.1 s");
}

TEST_CASE_FIXTURE(Fixture, "an answer that is too long is refused") {
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

// Stop requests

// Requests to stop once `ready`, while `call` waits for something that doesn't come.
std::string Stopped(const std::function<bool()>& ready,
                    const std::function<Result<ApiResponse>(std::stop_token)>& call) {
  std::stop_source stop;
  std::jthread stopping([&] {
    CHECK(ComesTrue(ready));
    stop.request_stop();
  });
  return Show(call(stop.get_token()));
}

TEST_CASE("a stop request ends a call that waits for its answer") {
  std::atomic<bool> asked = false;
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.ReadRequest();
    asked = true;
    peer.ReadAll();
  });
  const auto transport =
      Connect(ConfigFor(server.port()),
              {.answer_timeout = std::chrono::hours(1), .stream_silence = std::chrono::hours(1)});
  CHECK(Stopped([&] { return asked.load(); },
                [&](std::stop_token stop) { return transport->Send(Get("/"), stop); }) ==
        "SERVER: the call was stopped");
  asked = false;
  CHECK(Stopped([&] { return asked.load(); },
                [&](std::stop_token stop) {
                  return transport->Stream(
                      Get("/"), [](std::string_view) { return true; }, stop);
                }) == "SERVER: the call was stopped");
}

TEST_CASE("a stop request ends a handshake") {
  std::atomic<bool> greeted = false;
  const ScriptedServer server([&](Peer& peer) {
    peer.Read();
    greeted = true;
    peer.ReadAll();
  });
  const auto transport =
      Connect(ConfigFor(server.port()), {.connect_timeout = std::chrono::hours(1)});
  CHECK(Stopped([&] { return greeted.load(); },
                [&](std::stop_token stop) { return transport->Send(Get("/"), stop); }) ==
        "SERVER: the call was stopped");
}

TEST_CASE("a stop request ends an attempt to connect") {
  const FullListener deaf;
  const auto transport =
      Connect(ConfigFor(deaf.port()), {.connect_timeout = std::chrono::hours(1)});
  CHECK(Stopped([&] { return deaf.HasWaiting(); },
                [&](std::stop_token stop) { return transport->Send(Get("/"), stop); }) ==
        "SERVER: the call was stopped");
}

TEST_CASE_FIXTURE(Fixture, "a call that is stopped before it begins asks nothing") {
  std::stop_source stop;
  stop.request_stop();
  CHECK(Show(Connect(Config())->Send(Get("/"), stop.get_token())) ==
        "SERVER: the call was stopped");
}

TEST_CASE("a stop request ends a plugin") {
  const PluginScript script("sleep 1000");
  auto config = ConfigFor(1);
  config.credentials = script.Config().credentials;
  const auto transport = Connect(config);
  const auto stopped =
      Stopped([&] { return script.runs() == 1; },
              [&](std::stop_token stop) { return transport->Send(Get("/"), stop); });
  CHECK(stopped == "credential plugin \"" + script.path() + "\": it was stopped");
}

// Streams

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

TEST_CASE_FIXTURE(Guarded, "a stream, too, is tried again with a new token") {
  const PluginScript script("print_token $(cat \"$0.token\")");
  script.directory().Write("plugin.token", "old");
  const auto transport = Connect(ConfigWith(script));
  CHECK(Show(transport->Send(Get("/"), {})) == "401 one");
  script.directory().Write("plugin.token", "one");
  Collect collect;
  CHECK(Show(transport->Stream(Get("/"), collect.Sink(), {})) == "200 ");
  CHECK(collect.text == "one");
}

}  // namespace
}  // namespace railhook
