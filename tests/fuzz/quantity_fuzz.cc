// Quantities, as counts of devices and as amounts that nodes have.

#include <limits>

#include "k8sclient/quantity.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

void FuzzCount(std::string_view text) {
  const auto count = ParseCount(text);
  if (!count) return Expect(!count.error().message.empty(), "a refusal says why");
  Expect(*count >= 0, "a count is not below zero");
  Expect(IsAboveZero(text) == (*count > 0), "what is above zero counts, and nothing else");
  const auto amount = ParseAmount("example.com/device", text);
  Expect(amount && *amount == *count, "a count is an amount");
}

void FuzzAmount(std::string_view resource, std::string_view text) {
  const auto amount = ParseAmount(resource, text);
  if (!amount) return;
  Expect(*amount >= 0, "an amount is not below zero");
  const auto shown = ParseAmount(resource, ShowAmount(resource, *amount));
  Expect(shown.has_value(), "an amount that is shown can be read");
  Expect(*shown <= *amount || *amount == kMost, "what is shown is never more");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const std::string_view text = AsText(data, size);
  FuzzCount(text);
  for (const std::string_view resource : {"cpu", "memory", "example.com/device"})
    FuzzAmount(resource, text);
  return 0;
}
