// The configuration's `ipam`. What networks get by it stands in tests/networks.

#include "multus/ipam.h"

#include <doctest/doctest.h>

#include "tests/multus/objects.h"

namespace railhook {
namespace {

Result<Ipam> Parse(std::string_view yaml) {
  const auto documents = TRY(ParseYaml(yaml));
  Ipam ipam;
  TRY(Setting(documents.at(0)).ReadMap(KeysOf(ipam)));
  return ipam;
}

std::string RefusalOf(std::string_view fields) {
  const auto read = Parse("ipam: {" + std::string(fields) + '}');
  if (read) return "";
  CHECK(read.error().code == ErrorCode::kInvalid);
  return read.error().message;
}

TEST_CASE("Spiderpool gives addresses where nobody says otherwise") {
  CHECK(Parse("ipam: {}").value() == Ipam());
  CHECK(Parse("ipam: {type: spiderpool}").value() == Ipam());
  CHECK(Compact(Ipam().plugin) == R"({"type":"spiderpool"})");
}

TEST_CASE("a plugin's own fields are kept, in their order, and pools apart from them") {
  const Ipam ipam = Parse(
                        "ipam: {pools: {a: {range: 10.0.0.0/8}}, zeta: [1], type: whereabouts, "
                        "log_file: /x, range: 10.1.0.5-10.1.0.9/16, gateway: }")
                        .value();
  CHECK(Compact(ipam.plugin) ==
        R"({"type":"whereabouts","zeta":[1],"log_file":"/x","range":"10.1.0.5-10.1.0.9/16"})");
  CHECK(ipam.pools.size() == 1);
  CHECK(Compact(ipam.pools.at("a")) == R"({"range":"10.0.0.0/8"})");
}

TEST_CASE("what a plugin couldn't use is refused with line, key, value and what to write") {
  const struct {
    std::string_view fields;
    std::vector<std::string_view> said;
  } cases[] = {
      {"type: dhcp",
       {"line 1: ipam.type is \"dhcp\"", "spiderpool, whereabouts, host-local, static"}},
      {"range: 10.0.0.0/8", {"ipam is", "type, too"}},
      {"type: spiderpool, pools: {a: {}}", {"ipam.pools", "spiderpool", "remove it"}},
      {"type: spiderpool, default_ipv4_ippool: [a]",
       {"ipam.default_ipv4_ippool", "ippools", "remove it"}},
      {"type: whereabouts", {"ipam has no addresses", "ipRanges", "pools"}},
      {"type: host-local, dataDir: /x", {"ipam has no addresses", "ranges"}},
      {"type: static", {"ipam has no addresses", "addresses"}},
      {"type: whereabouts, range_start: 10.0.0.1, ipRanges: [{range: 10.0.0.0/8}]",
       {"ipam has range_start, which", "beside range, or under ipRanges or pools"}},
      {"type: host-local, gateway: 10.0.0.1, pools: {a: {subnet: 10.0.0.0/8}}",
       {"ipam has gateway, which", "beside subnet, or under ranges or pools"}},
      {"type: static, address: 10.0.0.1/8",
       {"ipam has address, which", "write it under addresses or pools"}},
      {"type: whereabouts, range: 10.0.0.0", {"ipam.range is \"10.0.0.0\"", "10.1.0.0/16"}},
      {"type: whereabouts, range: 10.0.0.0/33", {"ipam.range"}},
      {"type: whereabouts, range: 'fd00::1-10.0.0.9/8'", {"ipam.range"}},
      {"type: whereabouts, range: 7", {"ipam.range is 7", "text"}},
      {"type: whereabouts, range: 10.0.0.0/8, range_start: x",
       {"ipam.range_start is \"x\"", "address"}},
      {"type: whereabouts, range: 10.0.0.0/8, exclude: 10.0.0.1", {"ipam.exclude", "list"}},
      {"type: whereabouts, ipRanges: [{range: x}]", {"ipam.ipRanges[0].range is \"x\""}},
      {"type: whereabouts, ipRanges: {range: x}", {"ipam.ipRanges", "list"}},
      {"type: whereabouts, range: 10.0.0.0/8, enable_overlapping_ranges: 'no'", {"true or false"}},
      {"type: whereabouts, range: 10.0.0.0/8, routes: [{dst: 10.0.0.0}]", {"ipam.routes[0].dst"}},
      {"type: host-local, ranges: [{subnet: 10.0.0.0/8}]", {"ipam.ranges[0]", "list"}},
      {"type: host-local, ranges: [[{subnet: 10.0.0.0}]]",
       {"ipam.ranges[0][0].subnet is \"10.0.0.0\""}},
      {"type: static, addresses: [{address: 10.0.0.1}]",
       {"ipam.addresses[0].address", "10.1.0.0/16"}},
      {"type: static, addresses: [{address: 10.0.0.1/8, gateway: 10/8}]",
       {"ipam.addresses[0].gateway"}},
      {"type: static, addresses: [{address: 10.0.0.1/8}], dns: {nameservers: 10.0.0.1}",
       {"ipam.dns.nameservers", "list"}},
      {"type: whereabouts, pools: {a: {}}", {"ipam.pools.a is {}", "range"}},
      {"type: whereabouts, pools: {a: 10.0.0.0/8}", {"ipam.pools.a is \"10.0.0.0/8\"", "map"}},
      {"type: whereabouts, pools: {a: {range: 10.0.0.0/8, rangestart: 10.0.0.1}}",
       {"ipam.pools.a.rangestart", "did you mean \"range_start\""}},
      {"type: host-local, pools: {a: {range: 10.0.0.0/8}}", {"ipam.pools.a.range"}},
      {"type: static, pools: {a: {address: x}}", {"ipam.pools.a.address is \"x\""}},
      {"type: static, pools: []", {"ipam.pools", "map"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.fields);
    const std::string refusal = RefusalOf(c.fields);
    CAPTURE(refusal);
    for (const auto part : c.said) CHECK(Has(refusal, part));
  }
  CHECK(
      Has(Parse("ipam:\n  type: static\n  pools:\n    a: {address: x}").error().message, "line 4"));
}

}  // namespace
}  // namespace railhook
