#include "cli/explain_text.h"

#include <doctest/doctest.h>

#include <string>

namespace railhook {
namespace {

TEST_CASE("of a pod whose injection differs today, what it got stands before what it would get") {
  ExplainedPod pod;
  pod.who = "Pod a/train";
  pod.state = PodState{"Running", "node-1", ""};
  pod.status = InjectionStatus{"rdma", "", {"s/gpu1", "s/gpu2"}, {{"example.com/vf", 2}}, "main"};
  pod.explanation.why_none = "nobody asks";
  const std::string text = ExplanationText(pod, false);
  CHECK(text.find("Has        s/gpu1, s/gpu2\n"
                  "           2 example.com/vf in container main\n"
                  "Today      a new one would get no rails: nobody asks\n") != std::string::npos);
  INFO(text);
  CHECK(text.starts_with("Pod a/train has 2 rails, but today is different.\n"));
}

}  // namespace
}  // namespace railhook
