// Configuration files.

#include <string>

#include "cli/config.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const std::string_view text = AsText(data, size);
  const auto config = ParseConfig(text);
  if (!config) {
    Expect(config.error().code == ErrorCode::kInvalid, "a configuration is good or invalid");
    Expect(!config.error().message.empty(), "a refusal says why");
    return 0;
  }
  const InjectConfig& inject = config->inject;
  Expect(!inject.Covers("kube-system"), "kube-system is never covered");
  Expect(inject.live_lookups_per_second >= 0, "a rate is not below zero");
  for (const auto& [name, settings] : inject.classes)
    Expect(inject.ForClass(name) == &settings, "each class has its settings");
  for (const auto& [name, range] : config->ipam.pools) {
    const bool v4 = AddressesOf({"ippools", {name}, {}}, config->ipam).has_value();
    const bool v6 = AddressesOf({"ippools", {}, {name}}, config->ipam).has_value();
    Expect(v4 != v6, "each pool has addresses of one family");
  }
  return 0;
}
