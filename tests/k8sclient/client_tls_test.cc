#include "k8sclient/client_tls.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/base/environment_variable.h"
#include "tests/certs/temporary_directory.h"
#include "tests/k8sclient/transport_fixture.h"

namespace railhook {
namespace {

TEST_CASE_FIXTURE(RepeatingServer, "a server of another authority is refused") {
  auto config = Config();
  config.ca_pem = Stranger().ca_pem;
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: unable to get local issuer certificate");
}

TEST_CASE("the system's authorities count where none is given, and only there") {
  const TemporaryDirectory directory;
  directory.Write("system.crt", Stranger().ca_pem);
  const EnvironmentVariable system("SSL_CERT_FILE", directory.path() / "system.crt");
  ApiServer api(Stranger());
  auto config = ConfigFor(api.Start());
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: unable to get local issuer certificate");
  config.ca_pem = "";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) == "404 ");
}

TEST_CASE_FIXTURE(RepeatingServer, "a server of another name is refused") {
  auto config = Config();
  config.tls_server_name = "elsewhere";
  CHECK(Show(Connect(config)->Send(Get("/"), {})) ==
        "SERVER: its certificate is refused: it is not for \"elsewhere\" but for DNS:localhost, IP "
        "Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  config.tls_server_name = "127.0.0.2";
  CHECK(Show(Connect(config)->Send(Get("/"), {})).find("is not for \"127.0.0.2\"") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(RepeatingServer, "tls-server-name is what is verified, not the host") {
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

TEST_CASE_FIXTURE(RepeatingServer, "an authority's file is read again when it changes") {
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

}  // namespace
}  // namespace railhook
