#include "webhook/server/admission_endpoint.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace railhook {
namespace {

AdmissionResponse HandleSafely(const AdmissionHandler& handler, const AdmissionRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "admission handler failed", {{"uid", request.uid}, {"error", e.what()}});
  } catch (...) {
    Log(LogLevel::kError, "admission handler failed", {{"uid", request.uid}});
  }
  return Denied("railhook failed on this request; its log says why under uid " + request.uid);
}

HttpResponse BadReview(const std::string& why) {
  HttpResponse response;
  response.status = 400;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "no AdmissionReview to answer: " + OneLine(why, 300) + '\n';
  return response;
}

HttpResponse Answer(const AdmissionHandler& handler, const HttpRequest& http) {
  const auto request = ParseAdmissionReview(http.body);
  if (!request) return BadReview(request.error().message);
  HttpResponse response;
  response.body = ToReview(HandleSafely(handler, *request), request->uid);
  return response;
}

}  // namespace

HttpEndpoint AdmissionEndpoint(std::string path, AdmissionHandler handler) {
  return {"POST", std::move(path), [handler = std::move(handler)](const HttpRequest& request) {
            return Answer(handler, request);
          }};
}

}  // namespace railhook
