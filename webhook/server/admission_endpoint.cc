#include "webhook/server/admission_endpoint.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "webhook/server/http_answer.h"

namespace railhook {
namespace {

// What `decide` gives; where it throws, a denial of the one request.
template <typename Decide>
auto Safely(const std::string& uid, const Decide& decide) -> decltype(decide()) {
  try {
    return decide();
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "admission handler failed", {{"uid", uid}, {"error", e.what()}});
  } catch (...) {
    Log(LogLevel::kError, "admission handler failed", {{"uid", uid}});
  }
  return Denied("railhook failed on this request; its log says why under uid " + uid);
}

HttpResponse BadReview(const std::string& why) {
  return PlainText(400, "no AdmissionReview to answer: " + OneLine(why, 300) + '\n');
}

HttpResponse Encode(const AdmissionDecision& decision, const std::string& uid) {
  HttpResponse http;
  if (const auto* again = std::get_if<TryAgain>(&decision)) {
    http = PlainText(503, again->why + '\n');
    http.headers.emplace_back("Retry-After", std::to_string(again->seconds));
  } else {
    http.body = ToReview(std::get<AdmissionResponse>(decision), uid);
  }
  return http;
}

// The outcome without its third kind.
AdmissionDecision Decided(AdmissionOutcome outcome) {
  if (auto* again = std::get_if<TryAgain>(&outcome)) return std::move(*again);
  return std::move(std::get<AdmissionResponse>(outcome));
}

HttpOutcome Answer(const AdmissionHandler& handler, const HttpRequest& http) {
  const auto request = ParseAdmissionReview(http.body);
  if (!request) return BadReview(request.error().message);
  auto outcome = Safely(request->uid, [&] { return handler(*request); });
  auto* late = std::get_if<LateAdmission>(&outcome);
  if (late == nullptr) return Encode(Decided(std::move(outcome)), request->uid);
  return LateHttpResponse{[uid = request->uid, decide = std::move(late->decide)] {
    return Encode(Safely(uid, decide), uid);
  }};
}

}  // namespace

HttpEndpoint AdmissionEndpoint(std::string path, AdmissionHandler handler) {
  return {.method = "POST",
          .path = std::move(path),
          .handler = [handler = std::move(handler)](
                         const HttpRequest& request) { return Answer(handler, request); },
          .memory = MostBytesToAnswer};
}

}  // namespace railhook
