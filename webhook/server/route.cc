#include "webhook/server/route.h"

#include <strings.h>

#include <string>
#include <string_view>

namespace railhook {
namespace {

bool Serves(const HttpEndpoint& endpoint, std::string_view method) {
  return endpoint.method == method || (endpoint.method == "GET" && method == "HEAD");
}

std::string MethodsOf(const std::vector<HttpEndpoint>& endpoints, const std::string& path) {
  std::string methods;
  for (const auto& endpoint : endpoints) {
    if (endpoint.path != path) continue;
    methods.append(methods.empty() ? "" : ", ").append(endpoint.method);
    if (endpoint.method == "GET") methods.append(", HEAD");
  }
  return methods;
}

HttpResponse WrongMethod(const std::string& methods) {
  auto refusal = Refusal(405, "the methods here are " + methods);
  refusal.headers.emplace_back("Allow", methods);
  return refusal;
}

bool IsJson(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  constexpr std::string_view json = "application/json";
  return type.size() == json.size() && ::strncasecmp(type.data(), json.data(), json.size()) == 0;
}

OrRefusal<const HttpEndpoint*> Find(const std::vector<HttpEndpoint>& endpoints,
                                    const RequestHead& head) {
  for (const auto& endpoint : endpoints) {
    if (endpoint.path == head.path && Serves(endpoint, head.method)) return &endpoint;
  }
  const auto methods = MethodsOf(endpoints, head.path);
  return tl::unexpected(methods.empty() ? Refusal(404, "nothing is served at this path")
                                        : WrongMethod(methods));
}

}  // namespace

OrRefusal<const HttpEndpoint*> Route(const std::vector<HttpEndpoint>& endpoints,
                                     const RequestHead& head, std::size_t most_body_bytes) {
  const auto endpoint = Find(endpoints, head);
  if (!endpoint) return endpoint;
  if (head.method == "POST" && !IsJson(head.content_type)) {
    return tl::unexpected(Refusal(415, "the body must be application/json"));
  }
  if (head.method == "POST" && !head.content_length) {
    return tl::unexpected(Refusal(411, "a Content-Length is needed"));
  }
  if (head.content_length.value_or(0) > most_body_bytes) {
    const auto limit = std::to_string(most_body_bytes);
    return tl::unexpected(Refusal(413, "the body must not be longer than " + limit + " bytes"));
  }
  return endpoint;
}

}  // namespace railhook
