#include "webhook/server/route.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace railhook {
namespace {

const std::vector<HttpEndpoint> kEndpoints = {
    {"POST", "/mutate", nullptr}, {"GET", "/healthz", nullptr}, {"POST", "/healthz", nullptr}};

RequestHead Head(std::string_view method, std::string_view path, std::string_view type = "",
                 std::optional<std::size_t> length = std::nullopt) {
  return {.method = std::string(method),
          .path = std::string(path),
          .content_type = std::string(type),
          .content_length = length,
          .timeout = {}};
}

std::string Show(const RequestHead& head) {
  const auto routed = Route(kEndpoints, head, 100);
  if (routed) return (*routed)->method + " " + (*routed)->path;
  std::string text = std::to_string(routed.error().status);
  for (const auto& [name, value] : routed.error().headers) text += " " + name + ": " + value;
  return text;
}

TEST_CASE("Route: which endpoint, or which refusal") {
  const struct {
    std::string_view name;
    RequestHead head;
    std::string_view want;
  } cases[] = {
      {"an API server's", Head("POST", "/mutate", "application/json", 5), "POST /mutate"},
      {"parameters of the type", Head("POST", "/mutate", "application/json; charset=utf-8", 5),
       "POST /mutate"},
      {"a blank before them", Head("POST", "/mutate", "application/json ;a=b", 5), "POST /mutate"},
      {"types have no case", Head("POST", "/mutate", "Application/JSON", 5), "POST /mutate"},
      {"an empty body", Head("POST", "/mutate", "application/json", 0), "POST /mutate"},
      {"the longest body", Head("POST", "/mutate", "application/json", 100), "POST /mutate"},
      {"a body too long", Head("POST", "/mutate", "application/json", 101), "413"},
      {"no length", Head("POST", "/mutate", "application/json"), "411"},
      {"another type", Head("POST", "/mutate", "text/json", 5), "415"},
      {"a longer type", Head("POST", "/mutate", "application/json5", 5), "415"},
      {"no type", Head("POST", "/mutate", "", 5), "415"},
      {"GET", Head("GET", "/healthz"), "GET /healthz"},
      {"HEAD goes with GET", Head("HEAD", "/healthz"), "GET /healthz"},
      {"two methods at one path", Head("POST", "/healthz", "application/json", 1), "POST /healthz"},
      {"GET with a body too long", Head("GET", "/healthz", "", 101), "413"},
      {"another method", Head("PUT", "/healthz"), "405 Allow: GET, HEAD, POST"},
      {"HEAD where there is no GET", Head("HEAD", "/mutate"), "405 Allow: POST"},
      {"methods have case", Head("post", "/mutate"), "405 Allow: POST"},
      {"another path", Head("POST", "/mutate/", "application/json", 5), "404"},
      {"paths have case", Head("POST", "/Mutate", "application/json", 5), "404"},
      {"no path", Head("OPTIONS", "*"), "404"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Show(c.head) == c.want);
  }
}

}  // namespace
}  // namespace railhook
