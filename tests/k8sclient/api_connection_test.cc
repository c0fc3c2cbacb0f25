#include "k8sclient/api_connection.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <functional>
#include <semaphore>
#include <string>
#include <thread>

#include "tests/k8sclient/plugin_script.h"
#include "tests/k8sclient/scripted_server.h"
#include "tests/k8sclient/transport_fixture.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

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

TEST_CASE("a server that says goodbye in the middle of a header, and keeps the socket open") {
  const ScriptedServer server(Server(), [](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nContent-Le");
    peer.SayGoodbye();
    peer.ReadAll();
  });
  CHECK(Show(Connect(ConfigFor(server.port()))->Send(Get("/"), {})) ==
        "SERVER: the connection broke off before the whole answer had come");
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

TEST_CASE("a peer that resets the connection ends the call") {
  const ScriptedServer server(Server(), [](Peer& peer) {
    peer.Read();
    peer.Abort();
  });
  CHECK_FALSE(Connect(ConfigFor(server.port()))->Send(Post("/", std::string(16 << 20, 'x')), {}));
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

// httplib's servers, of other tests, ignore SIGPIPE for the whole process.
class DeadlySigpipe {
 public:
  DeadlySigpipe() : before_(::signal(SIGPIPE, SIG_DFL)) {}
  DeadlySigpipe(const DeadlySigpipe&) = delete;
  ~DeadlySigpipe() { ::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

TEST_CASE("a stop request in the middle of sending doesn't end the process") {
  const DeadlySigpipe deadly;
  std::atomic<bool> begun = false;
  std::binary_semaphore done(0);
  const ScriptedServer server(Server(), [&](Peer& peer) {
    peer.Read();
    begun = true;
    done.acquire();
  });
  const auto transport =
      Connect(ConfigFor(server.port()), {.answer_timeout = std::chrono::hours(1)});
  CHECK(Stopped([&] { return begun.load(); },
                [&](std::stop_token stop) {
                  return transport->Send(Post("/", std::string(64 << 20, 'x')), stop);
                }) == "SERVER: the call was stopped");
  done.release();
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

TEST_CASE_FIXTURE(RepeatingServer, "a call that is stopped before it begins asks nothing") {
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

}  // namespace
}  // namespace railhook
