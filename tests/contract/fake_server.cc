#include "tests/contract/server_under_test.h"
#include "tests/fakes/fake_api_server.h"

namespace railhook {

Transport& ServerUnderTest() {
  static FakeApiServer server;
  server.AddResource(kSpiderMultusConfigs);
  return server;
}

}  // namespace railhook
