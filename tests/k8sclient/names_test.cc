#include "k8sclient/names.h"

#include <doctest/doctest.h>

#include <string>

namespace railhook {
namespace {

std::string Text(std::size_t length) { return std::string(length, 'a'); }

struct Name {
  std::string name;
  bool good;
};

TEST_CASE("IsDnsSubdomain: lower-case labels of 63 characters, 253 in all") {
  const Name cases[] = {{"a", true},
                        {"gpu1-sriov", true},
                        {"spidernet.io", true},
                        {"1.2.3", true},
                        {"0", true},
                        {Text(63), true},
                        {Text(63) + '.' + Text(63) + '.' + Text(63) + '.' + Text(61), true},
                        {"", false},
                        {Text(64), false},
                        {Text(63) + '.' + Text(63) + '.' + Text(63) + '.' + Text(62), false},
                        {"Upper", false},
                        {"a_b", false},
                        {"-a", false},
                        {"a-", false},
                        {"a.-b", false},
                        {".a", false},
                        {"a.", false},
                        {"a..b", false},
                        {"a b", false},
                        {"a/b", false},
                        {"r\xC3\xA4il", false},
                        {std::string("a\0b", 3), false}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(IsDnsSubdomain(c.name) == c.good);
  }
}

TEST_CASE("IsLabelValue: up to 63 characters, a letter or digit at both ends") {
  const Name cases[] = {
      {"", true},       {"a", true},       {"A_b.c-9", true},  {"rdma-network", true},
      {Text(63), true}, {Text(64), false}, {"-a", false},      {"a-", false},
      {".a", false},    {"a_", false},     {"a,b", false},     {"a b", false},
      {"a/b", false},   {" a", false},     {"\xC3\xA4", false}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(IsLabelValue(c.name) == c.good);
  }
}

TEST_CASE(
    "IsLabelKey: a name that isn't empty, and a DNS subdomain in front where there is a slash") {
  const Name cases[] = {{"gpu", true},
                        {"kubernetes.io/os", true},
                        {"example.com/A_b.c-9", true},
                        {"a/" + Text(63), true},
                        {"", false},
                        {"a/", false},
                        {"/a", false},
                        {"a/b/c", false},
                        {"Upper.io/a", false},
                        {"a b", false},
                        {"a/" + Text(64), false}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(IsLabelKey(c.name) == c.good);
  }
}

TEST_CASE("IsExtendedResource: domain/name, as the API server wants it") {
  const Name cases[] = {
      {"spidernet.io/gpu1sriov", true},
      {"rdma/hca_gpu1", true},
      {"nvidia.com/GPU.shared", true},
      {"a/b", true},
      {"example.com/" + Text(63), true},
      {"kubernetes.example/x", true},
      {"", false},
      {"gpu1sriov", false},
      {"cpu", false},
      {"hugepages-2Mi", false},
      {"/x", false},
      {"spidernet.io/", false},
      {"a/b/c", false},
      {"Spidernet.io/x", false},
      {"spider_net/x", false},
      {"spidernet.io/-x", false},
      {"spidernet.io/x-", false},
      {"spidernet.io/x y", false},
      {"example.com/" + Text(64), false},
      {"kubernetes.io/x", false},
      {"storage.kubernetes.io/x", false},
      {"mykubernetes.io/x", false},  // core asks for the letters, not for the domain
      {"requests.example.com/x", false},
      {Text(63) + '.' + Text(63) + '.' + Text(63) + '.' + Text(52) + "/x", true},
      {Text(63) + '.' + Text(63) + '.' + Text(63) + '.' + Text(53) + "/x", false}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(IsExtendedResource(c.name) == c.good);
  }
}

}  // namespace
}  // namespace railhook
