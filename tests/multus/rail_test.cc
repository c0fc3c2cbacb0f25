#include "multus/rail.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/multus/objects.h"

namespace railhook {
namespace {

Rail Named(std::optional<double> order, std::string sort_name, std::string name_space,
           std::string name) {
  Rail rail;
  rail.order = order;
  rail.sort_name = std::move(sort_name);
  rail.name_space = std::move(name_space);
  rail.name = std::move(name);
  return rail;
}

TEST_CASE("rails come by order, then device, then namespace, then name") {
  const Rail in_order[] = {Named(-1, "z", "z", "z"),       Named(0, "", "a", "a"),
                           Named(0.5, "z", "z", "z"),      Named(2, "gpu2", "a", "a"),
                           Named(2, "gpu10", "a", "a"),    Named(10, "a", "a", "a"),
                           Named({}, "", "z", "z"),        Named({}, "gpu2", "z", "z"),
                           Named({}, "gpu10", "a", "a2"),  Named({}, "gpu10", "a", "a10"),
                           Named({}, "gpu10", "ns2", "a"), Named({}, "gpu10", "ns10", "a"),
                           Named({}, "gpu10", "ns10", "b")};
  for (const Rail& a : in_order) {
    for (const Rail& b : in_order) {
      CAPTURE(a.sort_name + ' ' + a.Id());
      CAPTURE(b.sort_name + ' ' + b.Id());
      CHECK(ComesBefore(a, b) == (&a < &b));
    }
  }
}

TEST_CASE("a rail knows its network's name and its object's") {
  Rail rail = Named({}, "", "spiderpool", "renamed");
  rail.smc = "gpu1";
  CHECK(rail.Id() == "spiderpool/renamed");
  CHECK(rail.Object() == "SpiderMultusConfig spiderpool/gpu1");
  rail.source = RailSource::kNetworkAttachmentDefinition;
  CHECK(rail.Object() == "NetworkAttachmentDefinition spiderpool/renamed");
}

TEST_CASE("a rail's classes and problems are told apart by the key that asks") {
  Rail rail;
  rail.rdma_classes = {"r"};
  rail.network_classes = {"n"};
  rail.problems = {{"/all", ""}, {"/rdma", "", true}};
  CHECK(rail.Classes(InjectKey::kRdma) == std::vector<std::string>{"r"});
  CHECK(rail.Classes(InjectKey::kNetwork) == std::vector<std::string>{"n"});
  CHECK(Show(rail.ProblemsFor(InjectKey::kRdma)) == "/all /rdma");
  CHECK(Show(rail.ProblemsFor(InjectKey::kNetwork)) == "/all");
}

TEST_CASE("the annotations are Spiderpool's") {
  CHECK(AnnotationOf(InjectKey::kRdma) == "cni.spidernet.io/rdma-resource-inject");
  CHECK(AnnotationOf(InjectKey::kNetwork) == "cni.spidernet.io/network-resource-inject");
}

std::string SmcWith(std::string_view annotations) {
  return Smc(
      "a", annotations,
      "cniType: macvlan, macvlan: {master: [eth1], rdmaResourceName: a/b, ippools: {ipv4: [p]}}");
}

// "rdma: a b, network: c".
std::string Classes(std::string_view annotations) {
  const Rail rail = RailOf(SmcWith(annotations));
  return "rdma: " + Join(rail.rdma_classes, " ") + ", network: " + Join(rail.network_classes, " ");
}

TEST_CASE("the classes of a rail come from all three annotations") {
  const struct {
    std::string_view annotations, want;
  } cases[] = {
      {"", "rdma: , network: "},
      {"cni.spidernet.io/rdma-resource-inject: a", "rdma: a, network: "},
      {"cni.spidernet.io/network-resource-inject: a", "rdma: , network: a"},
      {"cni.spidernet.io/rdma-resource-inject: 'b, a,,b'", "rdma: b a, network: "},
      {"railhook.io/classes: 'x,y'", "rdma: x y, network: "},
      {"cni.spidernet.io/rdma-resource-inject: a, railhook.io/classes: 'b,a'",
       "rdma: a b, network: "},
      {"cni.spidernet.io/network-resource-inject: a, railhook.io/classes: b",
       "rdma: , network: a b"},
      {"cni.spidernet.io/rdma-resource-inject: a, cni.spidernet.io/network-resource-inject: m, "
       "railhook.io/classes: b",
       "rdma: a b, network: m b"},
      {"cni.spidernet.io/rdma-resource-inject: ''", "rdma: , network: "},
      {"cni.spidernet.io/Rdma-resource-inject: a", "rdma: , network: "},
  };
  for (const auto& c : cases) {
    CAPTURE(c.annotations);
    CHECK(Classes(c.annotations) == c.want);
  }
}

// "2.5", "none", or where the problem is.
std::string Order(std::string_view text) {
  const Rail rail = RailOf(SmcWith("railhook.io/order: '" + std::string(text) + "'"));
  if (!rail.problems.empty()) {
    CHECK(Has(rail.problems.front().text, Quoted(text)));
    return rail.problems.front().pointer;
  }
  return rail.order ? std::to_string(*rail.order).substr(0, 4) : "none";
}

TEST_CASE("railhook.io/order is a number") {
  const std::string refused = "/metadata/annotations/railhook.io~1order";
  const struct {
    std::string_view text;
    std::string want;
  } cases[] = {{"2.5", "2.50"},    {"-1", "-1.0"},   {"+1", "1.00"},   {" 7 ", "7.00"},
               {"1e2", "100."},    {"0", "0.00"},    {"", refused},    {"x", refused},
               {"1x", refused},    {"1,5", refused}, {"inf", refused}, {"nan", refused},
               {"1e999", refused}, {"0x1", refused}, {"1 2", refused}, {"+-1", refused},
               {"--1", refused}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Order(c.text) == c.want);
  }
  CHECK_FALSE(RailOf(SmcWith("")).order.has_value());
}

TEST_CASE("railhook.io/shared is true or false, and nothing else") {
  CHECK(RailOf(SmcWith("railhook.io/shared: 'false'")).exclusive);
  CHECK_FALSE(RailOf(SmcWith("railhook.io/shared: 'true'")).exclusive);
  for (const std::string_view text : {"", "yes", "True", "1", " true"}) {
    CAPTURE(text);
    const Rail rail = RailOf(SmcWith("railhook.io/shared: '" + std::string(text) + "'"));
    CHECK(Show(rail.problems) == "/metadata/annotations/railhook.io~1shared");
    CHECK(Has(rail.problems.front().text, Quoted(text)));
  }
}

}  // namespace
}  // namespace railhook
