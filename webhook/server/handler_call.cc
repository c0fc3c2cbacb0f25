#include "webhook/server/handler_call.h"

#include <exception>
#include <random>
#include <string>
#include <string_view>

#include "base/log.h"
#include "webhook/server/http_answer.h"

namespace railhook {
namespace {

std::string NewId() {
  static thread_local std::mt19937_64 random{std::random_device()()};
  return std::to_string(random() % 1'000'000'000);
}

HttpResponse InternalError(const HttpEndpoint& endpoint, std::string_view what) {
  const auto id = NewId();
  Log(LogLevel::kError, "a handler failed", {{"id", id}, {"path", endpoint.path}, {"error", what}});
  return PlainText(500, "internal error; the log says more under id " + id + "\n");
}

template <typename Call>
auto Guarded(const HttpEndpoint& endpoint, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& exception) {
    return InternalError(endpoint, exception.what());
  } catch (...) {
    return InternalError(endpoint, "an exception of unknown type");
  }
}

}  // namespace

HttpOutcome CallHandler(const HttpEndpoint& endpoint, const HttpRequest& request) {
  return Guarded(endpoint, [&] { return endpoint.handler(request); });
}

HttpResponse MakeLate(const HttpEndpoint& endpoint, const LateHttpResponse& late) {
  return Guarded(endpoint, [&] { return late.make(); });
}

}  // namespace railhook
