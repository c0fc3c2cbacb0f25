#include "k8sclient/credential_source.h"

#include <doctest/doctest.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/certs/temporary_directory.h"
#include "tests/k8sclient/plugin_script.h"
#include "tests/k8sclient/transport_fixture.h"

namespace railhook {
namespace {

TEST_CASE_FIXTURE(RepeatingServer, "a token's file is read again when it changes") {
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

TEST_CASE_FIXTURE(Guarded, "a stream, too, is tried again with a new token") {
  const PluginScript script("print_token $(cat \"$0.token\")");
  script.directory().Write("plugin.token", "old");
  const auto transport = Connect(ConfigWith(script));
  CHECK(Show(transport->Send(Get("/"), {})) == "401 one");
  script.directory().Write("plugin.token", "one");
  std::string text;
  const auto collect = [&](std::string_view bytes) {
    text += bytes;
    return true;
  };
  CHECK(Show(transport->Stream(Get("/"), collect, {})) == "200 ");
  CHECK(text == "one");
}

}  // namespace
}  // namespace railhook
