// contract_tests: the contract, checked on the cluster of $RAILHOOK_CONTRACT_KUBECONFIG, as its
// administrator. It must have Spiderpool's CRDs. What is made in the namespace default is removed.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "k8sclient/cluster_config.h"
#include "k8sclient/http_transport.h"
#include "tests/contract/server_under_test.h"

namespace railhook {
namespace {

std::unique_ptr<Transport> server;

Result<std::unique_ptr<Transport>> Connect(const char* kubeconfig) {
  if (kubeconfig == nullptr)
    return Fail(ErrorCode::kInvalid, "set RAILHOOK_CONTRACT_KUBECONFIG to a kubeconfig");
  return MakeHttpTransport(TRY(FindClusterConfig(kubeconfig, "")));
}

}  // namespace

Transport& ServerUnderTest() { return *server; }

}  // namespace railhook

int main(int argc, char** argv) {
  auto connected = railhook::Connect(std::getenv("RAILHOOK_CONTRACT_KUBECONFIG"));
  if (!connected) {
    std::fprintf(stderr, "contract_tests: %s\n", connected.error().message.c_str());
    return 2;
  }
  railhook::server = std::move(connected).Take();
  return doctest::Context(argc, argv).run();
}
