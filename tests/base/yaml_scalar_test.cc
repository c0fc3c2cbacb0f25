#include "base/yaml_scalar.h"

#include <doctest/doctest.h>

#include <cmath>

namespace railhook {
namespace {

std::string Type(const OrderedJson& value) {
  if (value.is_number_float()) return "float";
  if (value.is_number_integer()) return "int";
  return value.type_name();
}

TEST_CASE("a plain scalar means what kubectl takes it for") {
  const struct {
    std::string_view text, type, want;
  } cases[] = {
      {"", "null", "null"},
      {"~", "null", "null"},
      {"Null", "null", "null"},
      {"nULL", "string", "\"nULL\""},
      {"true", "boolean", "true"},
      {"True", "boolean", "true"},
      {"yes", "boolean", "true"},
      {"ON", "boolean", "true"},
      {"y", "boolean", "true"},
      {"FALSE", "boolean", "false"},
      {"no", "boolean", "false"},
      {"Off", "boolean", "false"},
      {"N", "boolean", "false"},
      {"oN", "string", "\"oN\""},
      {"0", "int", "0"},
      {"-0", "int", "0"},
      {"+5", "int", "5"},
      {"-17", "int", "-17"},
      {"1_000", "int", "1000"},
      {"0777", "int", "511"},
      {"-0777", "int", "-511"},
      {"0o17", "int", "15"},
      {"0x1f", "int", "31"},
      {"0X1F", "int", "31"},
      {"-0x1f", "int", "-31"},
      {"0b101", "int", "5"},
      {"9223372036854775807", "int", "9223372036854775807"},
      {"18446744073709551615", "int", "18446744073709551615"},
      {"-9223372036854775808", "int", "-9223372036854775808"},
      {"18446744073709551616", "float", "1.8446744073709552e+19"},
      {"-9223372036854775809", "float", "-9.223372036854776e+18"},
      {"08", "float", "8.0"},
      {"1e3", "float", "1000.0"},
      {"1E-3", "float", "0.001"},
      {"1.5", "float", "1.5"},
      {"-1.5e+3", "float", "-1500.0"},
      {"5.", "float", "5.0"},
      {".5", "float", "0.5"},
      {"+.5", "float", "0.5"},
      {"1_0.5", "float", "10.5"},
      {"1e999", "string", "\"1e999\""},
      {"0x", "string", "\"0x\""},
      {"0xg", "string", "\"0xg\""},
      {"0b2", "string", "\"0b2\""},
      {"1e", "string", "\"1e\""},
      {"1.2.3", "string", "\"1.2.3\""},
      {".", "string", "\".\""},
      {"-", "string", "\"-\""},
      {"+", "string", "\"+\""},
      {"-.", "string", "\"-.\""},
      {"--1", "string", "\"--1\""},
      {"_1", "string", "\"_1\""},
      {"1:30", "string", "\"1:30\""},
      {"2024-01-01", "string", "\"2024-01-01\""},
      {"10.0.0.1", "string", "\"10.0.0.1\""},
      {"100Gi", "string", "\"100Gi\""},
      {" 1", "string", "\" 1\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto value = ResolvePlainScalar(c.text);
    CHECK(Type(value) == c.type);
    CHECK(Compact(value) == c.want);
  }
}

TEST_CASE("infinity and not-a-number are doubles") {
  CHECK(ResolvePlainScalar(".inf").get<double>() == std::numeric_limits<double>::infinity());
  CHECK(ResolvePlainScalar("+.INF").get<double>() == std::numeric_limits<double>::infinity());
  CHECK(ResolvePlainScalar("-.Inf").get<double>() == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(ResolvePlainScalar(".NaN").get<double>()));
}

}  // namespace
}  // namespace railhook
