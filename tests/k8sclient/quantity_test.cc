#include "k8sclient/quantity.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace railhook {
namespace {

// "8", or what is wrong.
std::string Show(std::string_view text) {
  const auto count = ParseCount(text);
  if (count) return std::to_string(*count);
  CHECK(count.error().code == ErrorCode::kInvalid);
  const std::string quoted = '"' + std::string(text) + "\" ";
  CHECK(count.error().message.starts_with(quoted));
  return count.error().message.substr(std::min(quoted.size(), count.error().message.size()));
}

struct Quantity {
  std::string_view text, want;
};

TEST_CASE("ParseCount: whole quantities of every notation") {
  const Quantity cases[] = {{"0", "0"},
                            {"1", "1"},
                            {"8", "8"},
                            {"+3", "3"},
                            {"007", "7"},
                            {"1.", "1"},
                            {"1.0", "1"},
                            {"1.000", "1"},
                            {"100.0", "100"},
                            {".5k", "500"},
                            {"1.5k", "1500"},
                            {"1.5M", "1500000"},
                            {"1k", "1000"},
                            {"2G", "2000000000"},
                            {"3T", "3000000000000"},
                            {"4P", "4000000000000000"},
                            {"1E", "1000000000000000000"},
                            {"9E", "9000000000000000000"},
                            {"1Ki", "1024"},
                            {"1Mi", "1048576"},
                            {"16Gi", "17179869184"},
                            {"1Ti", "1099511627776"},
                            {"1Pi", "1125899906842624"},
                            {"1Ei", "1152921504606846976"},
                            {"7Ei", "8070450532247928832"},
                            {"1000m", "1"},
                            {"3000m", "3"},
                            {"2000000u", "2"},
                            {"5000000000n", "5"},
                            {"1e3", "1000"},
                            {"1E3", "1000"},
                            {"1e+3", "1000"},
                            {"1e0", "1"},
                            {"1.5e3", "1500"},
                            {"2000e-3", "2"},
                            {"12E2", "1200"},
                            {"9223372036854775807", "9223372036854775807"},
                            {"92233720368547758070e-1", "9223372036854775807"}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Show(c.text) == c.want);
  }
}

TEST_CASE("ParseCount: nothing is nothing, however it is written") {
  for (const std::string_view text :
       {"0", "-0", "+0", "0.0", "0m", "0Ki", "0e9", "0E", "000", "0.000Gi"}) {
    CAPTURE(text);
    CHECK(Show(text) == "0");
    CHECK_FALSE(IsAboveZero(text));
  }
}

TEST_CASE("ParseCount: parts of a unit, less than nothing, and too much") {
  const Quantity cases[] = {{"500m", "is not a whole number"},
                            {"1500m", "is not a whole number"},
                            {"0.5", "is not a whole number"},
                            {".1", "is not a whole number"},
                            {"1n", "is not a whole number"},
                            {"1.0001k", "is not a whole number"},
                            {"15e-1", "is not a whole number"},
                            {"-1", "is negative"},
                            {"-1Ki", "is negative"},
                            {"-500m", "is negative"},
                            {"-1e3", "is negative"},
                            {"9223372036854775808", "is too large"},
                            {"10E", "is too large"},
                            {"8Ei", "is too large"},
                            {"1e19", "is too large"},
                            {"1e999", "is too large"},
                            {"99999999999999999999999999", "is too large"}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Show(c.text) == c.want);
  }
}

constexpr std::string_view kNoQuantities[] = {
    "",         " ",     "1 ",   " 1",    "+",     "-",     ".",    "k",      "Ki",
    "m",        "e3",    "one",  "1K",    "1ki",   "1KI",   "1MI",  "1mi",    "1B",
    "1kB",      "1GiB",  "1i",   "1Kii",  "1kk",   "1mm",   "1e",   "1e+",    "1e-",
    "1e+-3",    "1e-+3", "1e3k", "1e3.5", "1e 3",  "1.1.M", "1..2", "1+1.0M", "--1",
    "+-1",      "1-",    "0x10", "1_000", "1,000", "1/2",   "inf",  "NaN",    "1e99999999999",
    "\xD9\xA1", "true",  "null", "1\n",   "1k ",   "<1>"};

TEST_CASE("ParseCount: what is no quantity") {
  for (const std::string_view text : kNoQuantities) {
    CAPTURE(text);
    CHECK(Show(text) == "is not a quantity");
    CHECK_FALSE(IsAboveZero(text));
  }
  CHECK(Show(std::string_view("1\0", 2)) == "is not a quantity");
}

TEST_CASE("ParseCount takes texts of any length") {
  CHECK_FALSE(ParseCount(std::string(1 << 20, '9')));
  CHECK_FALSE(ParseCount(std::string(1 << 20, '-')));
  CHECK_FALSE(ParseCount("1e" + std::string(1 << 20, '9')));
}

TEST_CASE("IsAboveZero: also parts of a unit, and more than can be counted") {
  for (const std::string_view text :
       {"1", "500m", "1n", "0.1n", ".1", "16Gi", "8Ei", "1e30", "1e-30", "+2"}) {
    CAPTURE(text);
    CHECK(IsAboveZero(text));
  }
  for (const std::string_view text : {"-1", "-500m", "-1e3"}) {
    CAPTURE(text);
    CHECK_FALSE(IsAboveZero(text));
  }
}

// "8", or what is wrong.
std::string Amount(std::string_view resource, std::string_view text) {
  const auto amount = ParseAmount(resource, text);
  return amount ? std::to_string(*amount) : amount.error().message;
}

TEST_CASE("ParseAmount: CPUs in thousandths, all else in whole units, rounded up") {
  const struct {
    std::string_view resource, text, want;
  } cases[] = {{"cpu", "2", "2000"},
               {"cpu", "1500m", "1500"},
               {"cpu", "0.1", "100"},
               {"cpu", "1u", "1"},
               {"cpu", "100n", "1"},
               {"cpu", "0", "0"},
               {"memory", "1Gi", "1073741824"},
               {"memory", "1.5Ki", "1536"},
               {"memory", "0.1Ki", "103"},
               {"memory", "100m", "1"},
               {"memory", "2501m", "3"},
               {"memory", "129e6", "129000000"},
               {"memory", "8Ei", "9223372036854775807"},
               {"memory", "9999999999999999999", "9223372036854775807"},
               {"memory", "9999999999999999999.5", "9223372036854775807"},
               {"x/vf", "8", "8"},
               {"x/vf", "8k", "8000"},
               {"x/vf", "-0", "0"},
               {"x/vf", "-1", "\"-1\" is negative"},
               {"cpu", "much", "\"much\" is not a quantity"},
               {"cpu", "", "\"\" is not a quantity"}};
  for (const auto& c : cases) {
    CAPTURE(c.resource);
    CAPTURE(c.text);
    CHECK(Amount(c.resource, c.text) == c.want);
  }
}

TEST_CASE("ShowAmount: what people write, never more than there is") {
  const struct {
    std::string_view resource;
    std::int64_t amount;
    std::string_view want;
  } cases[] = {{"cpu", 0, "0"},
               {"cpu", 2000, "2"},
               {"cpu", 1500, "1500m"},
               {"memory", 0, "0"},
               {"memory", 1023, "1023"},
               {"memory", 1024, "1Ki"},
               {"memory", 1536, "1.5Ki"},
               {"memory", 1047, "1Ki"},
               {"memory", 17179869183, "15.9Gi"},
               {"memory", std::numeric_limits<std::int64_t>::max(), "7.9Ei"},
               {"ephemeral-storage", 1048576, "1Mi"},
               {"hugepages-2Mi", 4194304, "4Mi"},
               {"x/memory", 2048, "2048"},
               {"pods", 110, "110"}};
  for (const auto& c : cases) {
    CAPTURE(c.amount);
    CHECK(ShowAmount(c.resource, c.amount) == c.want);
  }
}

}  // namespace
}  // namespace railhook
